// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config/config_values.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "base/duration.hpp"
#include "base/quoting.hpp"

namespace rollcall {
namespace {

std::string_view kind_name(JsonNode::Kind kind) {
  constexpr std::array<std::string_view, 7> kNames{"null",     "true or false", "a number", "a number",
                                                   "a string", "an array",      "an object"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool is_plain_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string path_of_key(const std::string& parent, std::string_view key) {
  if (!is_plain_key(key)) return fmt::format("{}[{}]", parent, in_quotes(key));
  return parent.empty() ? std::string(key) : fmt::format("{}.{}", parent, key);
}

std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& known) {
  const auto meant = nearest(name, known);
  return meant ? fmt::format("did you mean {}? ", in_quotes(*meant)) : std::string();
}

}  // namespace

void ConfigFindings::set(const JsonPlace& place, std::string_view path, std::string_view what) {
  if (error_) return;
  error_ = Error{fmt::format("{}: {}", at(place, path), what)};
}

std::string ConfigFindings::at(const JsonPlace& place, std::string_view path) const {
  return fmt::format("{}:{}:{}{}{}", file_name_, place.line, place.column, path.empty() ? "" : ": ", path);
}

void ConfigValue::refuse(std::string_view what) const { findings_->set(node_->place, path_, what); }

void ConfigValue::warn(std::string_view what) const {
  findings_->warnings.push_back(fmt::format("{}: {}", place(), what));
}

bool ConfigValue::is(JsonNode::Kind kind, std::string_view what_it_must_be) const {
  if (node_->kind == kind) return true;
  refuse(fmt::format("must be {}, not {}", what_it_must_be, kind_name(node_->kind)));
  return false;
}

const ConfigKey& ConfigValue::key_of_type(ConfigKey::Type type) const {
  if (key_ != nullptr && (key_->type == type || key_->type == ConfigKey::Type::other)) return *key_;
  throw std::logic_error(fmt::format("the table of keys gives {} another type than its reader", path_));
}

std::optional<bool> ConfigValue::boolean() const {
  key_of_type(ConfigKey::Type::boolean);
  if (!is(JsonNode::Kind::boolean, "true or false")) return std::nullopt;
  return node_->boolean;
}

std::optional<std::int64_t> ConfigValue::whole_number() const {
  const auto& key = key_of_type(ConfigKey::Type::whole_number);
  const auto least = key.least;
  const auto most = key.most;
  const auto range = fmt::format("a whole number from {} to {}", least, most);
  if (node_->kind == JsonNode::Kind::fraction) {
    refuse(fmt::format("must be {}, without a fraction or an exponent", range));
    return std::nullopt;
  }
  if (!is(JsonNode::Kind::integer, range)) return std::nullopt;
  if (node_->integer >= least && node_->integer <= most) return node_->integer;
  refuse(fmt::format("must be {}", range));
  return std::nullopt;
}

std::optional<std::string> ConfigValue::any_text(std::int64_t max_bytes) const {
  if (!is(JsonNode::Kind::string, "a string")) return std::nullopt;
  if (node_->text.find('\0') != std::string::npos) {
    refuse("has the character U+0000");
  } else if (node_->text.size() > static_cast<std::size_t>(max_bytes)) {
    refuse(fmt::format("has {} bytes; at most {} are allowed", node_->text.size(), max_bytes));
  } else {
    return node_->text;
  }
  return std::nullopt;
}

std::optional<std::string> ConfigValue::long_text() const {
  return any_text(key_of_type(ConfigKey::Type::long_text).most);
}

std::optional<std::string> ConfigValue::text() const { return text(key_of_type(ConfigKey::Type::text).most); }

std::optional<std::string> ConfigValue::text(std::int64_t max_bytes) const {
  auto text = any_text(max_bytes);
  if (!text) return std::nullopt;
  if (text->empty()) {
    refuse("must not be empty");
  } else if (std::any_of(text->begin(), text->end(), is_control)) {
    refuse("must not have control characters, such as a line end or a tab");
  } else {
    return text;
  }
  return std::nullopt;
}

std::optional<Millis> ConfigValue::duration() const {
  key_of_type(ConfigKey::Type::duration);
  if (!is(JsonNode::Kind::string, R"(a duration such as "90s", "5m", "1h30m" or "90d")")) return std::nullopt;
  const auto duration = parse_duration(node_->text);
  if (duration) return *duration;
  refuse(duration.error().message);
  return std::nullopt;
}

std::vector<std::string_view> ConfigValue::names() const {
  if (key_ == nullptr || key_->names == nullptr) {
    throw std::logic_error(fmt::format("the table of keys gives {} no names", path_));
  }
  return key_->names();
}

std::optional<std::size_t> ConfigValue::one_of() const {
  key_of_type(ConfigKey::Type::one_of);
  return one_of(names());
}

std::optional<std::size_t> ConfigValue::one_of(const std::vector<std::string_view>& names) const {
  if (!is(JsonNode::Kind::string, fmt::format("one of {}", quoted_list(names)))) return std::nullopt;
  const auto found = std::find(names.begin(), names.end(), node_->text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  refuse(fmt::format("must be one of {}, not {}", quoted_list(names), in_quotes(node_->text)));
  return std::nullopt;
}

std::vector<ConfigValue> ConfigValue::items() const {
  std::vector<ConfigValue> items;
  if (!is(JsonNode::Kind::array, "an array [...]")) return items;
  for (const auto& item : node_->items) {
    items.emplace_back(item, fmt::format("{}[{}]", path_, items.size()), *findings_);
  }
  return items;
}

std::vector<ConfigValue::Member> ConfigValue::members() const {
  std::vector<Member> members;
  if (!is(JsonNode::Kind::object, "an object {...}")) return members;
  std::map<std::string_view, std::size_t> lines;
  for (const auto& [key, place, value] : node_->members) {
    auto path = path_of_key(path_, key);
    const auto [earlier, is_new] = lines.emplace(key, place.line);
    if (!is_new) {
      findings_->set(place, path,
                     fmt::format("duplicate key; it is there in line {} already", earlier->second));
    }
    members.push_back({key, place, ConfigValue(value, std::move(path), *findings_)});
  }
  return members;
}

std::vector<std::optional<JsonNode>> fallbacks_of(const ConfigSection& section) {
  std::vector<std::optional<JsonNode>> fallbacks;
  for (const auto& key : section.keys) {
    fallbacks.emplace_back();
    if (key.fallback.empty()) continue;
    auto node = parse_json(key.fallback, std::string(key.name));
    if (!node)
      throw std::logic_error("the table of keys has a default that is no JSON: " + node.error().message);
    fallbacks.back() = std::move(*node);
  }
  return fallbacks;
}

void ConfigValue::read_known(const ConfigSection& section, const std::vector<const ReadConfigValue*>& readers,
                             const std::vector<std::optional<JsonNode>>& fallbacks) const {
  if (std::find(readers.begin(), readers.end(), nullptr) != readers.end()) {
    throw std::logic_error(fmt::format("a key of {} has two readers, and another none", section.path));
  }
  std::vector<std::string_view> known;
  for (const auto& key : section.keys) known.push_back(key.name);
  std::vector<bool> is_present(known.size());
  for (auto& member : members()) {
    const auto found = std::find(known.begin(), known.end(), member.name);
    if (found == known.end()) {
      findings_->set(
          member.place, member.value.path(),
          fmt::format("unknown key; {}known here: {}", did_you_mean(member.name, known), quoted_list(known)));
      continue;
    }
    const auto index = static_cast<std::size_t>(found - known.begin());
    is_present[index] = true;
    member.value.key_ = &section.keys[index];
    if (member.value.key_->is_later) findings_->not_yet_used.push_back(member.value.path());
    (*readers.at(index))(member.value);
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (is_present[i]) continue;
    if (section.keys[i].is_required) refuse(fmt::format("the key {} is missing", in_quotes(known[i])));
    if (!fallbacks[i]) continue;
    ConfigValue value(*fallbacks[i], path_of_key(path_, known[i]), *findings_);
    value.key_ = &section.keys[i];
    value.is_fallback_ = true;
    (*readers.at(i))(value);
  }
}

}  // namespace rollcall
