// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config_values.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "bridge/core/duration.hpp"
#include "bridge/core/wording.hpp"

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

void FirstError::set(const JsonPlace& place, std::string_view path, std::string_view what) {
  if (error_) return;
  error_ = Error{fmt::format("{}:{}:{}: {}{}{}", file_name_, place.line, place.column, path,
                             path.empty() ? "" : ": ", what)};
}

void ConfigValue::refuse(std::string_view what) const { first_error_->set(node_->place, path_, what); }

bool ConfigValue::is(JsonNode::Kind kind, std::string_view what_it_must_be) const {
  if (node_->kind == kind) return true;
  refuse(fmt::format("must be {}, not {}", what_it_must_be, kind_name(node_->kind)));
  return false;
}

std::optional<bool> ConfigValue::boolean() const {
  if (!is(JsonNode::Kind::boolean, "true or false")) return std::nullopt;
  return node_->boolean;
}

std::optional<std::int64_t> ConfigValue::whole_number(std::int64_t least, std::int64_t most) const {
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

std::optional<std::string> ConfigValue::long_text(std::size_t max_bytes) const {
  if (!is(JsonNode::Kind::string, "a string")) return std::nullopt;
  if (node_->text.find('\0') != std::string::npos) {
    refuse("has the character U+0000");
  } else if (node_->text.size() > max_bytes) {
    refuse(fmt::format("has {} bytes; at most {} are allowed", node_->text.size(), max_bytes));
  } else {
    return node_->text;
  }
  return std::nullopt;
}

std::optional<std::string> ConfigValue::text(std::size_t max_bytes) const {
  auto text = long_text(max_bytes);
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
  if (!is(JsonNode::Kind::string, R"(a duration such as "90s", "5m", "1h30m" or "90d")")) return std::nullopt;
  const auto duration = parse_duration(node_->text);
  if (duration) return *duration;
  refuse(duration.error().message);
  return std::nullopt;
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
    items.emplace_back(item, fmt::format("{}[{}]", path_, items.size()), *first_error_);
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
      first_error_->set(place, path,
                        fmt::format("duplicate key; it is there in line {} already", earlier->second));
    }
    members.push_back({key, place, ConfigValue(value, std::move(path), *first_error_)});
  }
  return members;
}

void ConfigValue::read_object(std::initializer_list<KnownKey> keys) const {
  std::vector<std::string_view> known;
  for (const auto& key : keys) known.push_back(key.name);
  std::vector<std::string_view> present;
  const auto all = members();
  for (const auto& member : all) {
    const auto* const key = std::find_if(keys.begin(), keys.end(),
                                         [&](const KnownKey& each) { return each.name == member.name; });
    if (key == keys.end()) {
      first_error_->set(
          member.place, member.value.path(),
          fmt::format("unknown key; {}known here: {}", did_you_mean(member.name, known), quoted_list(known)));
      continue;
    }
    present.push_back(key->name);
    key->read(member.value);
  }
  for (const auto& key : keys) {
    if (key.required && std::find(present.begin(), present.end(), key.name) == present.end()) {
      refuse(fmt::format("the key {} is missing", in_quotes(key.name)));
    }
  }
}

}  // namespace rollcall
