// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/duration.hpp"
#include "base/quoting.hpp"
#include "base/utf8.hpp"
#include "bridge/core/simulate/scenario_time.hpp"

namespace rollcall {
namespace {

/// What was meant by a name that isn't known, where that can be told.
std::string unknown(std::string_view name, const std::vector<std::string_view>& known) {
  const auto meant = nearest(name, known);
  std::string text = "is not known";
  if (meant) return text + "; was " + in_quotes(*meant) + " meant?";
  if (known.empty()) return text + "; nothing is taken here";
  return text + "; it must be one of " + quoted_list(known);
}

}  // namespace

std::optional<Time> parse_rfc3339(std::string_view text) {
  const auto parsed = parse_scenario_time(text);
  if (!parsed || parsed->form != TimeForm::date) return std::nullopt;
  return Time(parsed->value);
}

QueryParameters::QueryParameters(const RequestTarget& target, std::initializer_list<std::string_view> known)
    : target_(target) {
  const std::vector<std::string_view> names(known);
  for (const auto& [name, value] : target.query) {
    if (std::find(names.begin(), names.end(), name) == names.end()) refuse(name, unknown(name, names));
  }
}

void QueryParameters::refuse(const std::string& name, std::string_view what_is_right) {
  if (!problem_) {
    problem_ = rollcall::problem(400, fmt::format("the parameter {} {}", in_quotes(name), what_is_right));
  }
}

std::optional<std::string> QueryParameters::text(const std::string& name) {
  const auto found = target_.query.find(name);
  if (found == target_.query.end()) return std::nullopt;
  return found->second;
}

std::optional<bool> QueryParameters::boolean(const std::string& name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  if (*value != "true" && *value != "false") {
    refuse(name, fmt::format("must be true or false, not {}", in_quotes(*value)));
    return std::nullopt;
  }
  return *value == "true";
}

std::optional<std::uint64_t> QueryParameters::number(const std::string& name, std::uint64_t least,
                                                     std::uint64_t most) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  std::uint64_t number = 0;
  const auto* const end = value->data() + value->size();
  const auto [stopped, error] = std::from_chars(value->data(), end, number);
  if (error == std::errc() && stopped == end && number >= least && number <= most) return number;
  refuse(name, fmt::format("must be a whole number from {} to {}, not {}", least, most, in_quotes(*value)));
  return std::nullopt;
}

std::optional<Millis> QueryParameters::duration(const std::string& name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto parsed = parse_duration(*value);
  if (parsed) return *parsed;
  refuse(name, "is no duration: " + parsed.error().message);
  return std::nullopt;
}

std::optional<Time> QueryParameters::time(const std::string& name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto parsed = parse_rfc3339(*value);
  if (!parsed) {
    refuse(name,
           fmt::format("must be a time such as 2026-11-22T10:49:00Z (RFC 3339), not {}", in_quotes(*value)));
  }
  return parsed;
}

std::vector<std::string> QueryParameters::list(const std::string& name) {
  std::vector<std::string> items;
  const auto value = text(name);
  if (!value) return items;
  std::string_view rest = *value;
  for (;;) {
    const auto end = rest.find(',');
    const auto item = rest.substr(0, end);
    if (item.empty()) {
      refuse(name, "has an empty item");
      return {};
    }
    items.emplace_back(item);
    if (end == std::string_view::npos) return items;
    rest.remove_prefix(end + 1);
  }
}

JsonBody::JsonBody(const HttpRequest& request, std::initializer_list<std::string_view> known) {
  if (request.body.empty()) return;
  if (!is_valid_utf8(request.body)) {
    problem_ = rollcall::problem(400, "the body isn't UTF-8");
    return;
  }
  try {
    object_ = nlohmann::json::parse(request.body);
  } catch (const nlohmann::json::parse_error& error) {
    problem_ = rollcall::problem(
        400, fmt::format("the body isn't JSON: something is wrong at byte {}", error.byte), {});
    object_ = nlohmann::json::object();
    return;
  }
  begin(known);
}

JsonBody::JsonBody(nlohmann::json object, std::string pointer, std::initializer_list<std::string_view> known)
    : object_(std::move(object)), pointer_(std::move(pointer)) {
  begin(known);
}

void JsonBody::begin(std::initializer_list<std::string_view> known) {
  if (!object_.is_object()) {
    problem_ =
        rollcall::problem(422, pointer_.empty() ? "the body must be a JSON object" : "must be an object",
                          {{pointer_, "must be an object"}});
    object_ = nlohmann::json::object();
    return;
  }
  const std::vector<std::string_view> names(known);
  for (const auto& [name, value] : object_.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) refuse(name, unknown(name, names));
  }
}

void JsonBody::refuse(std::string_view name, std::string detail, int status) {
  if (problem_) return;
  std::string pointer = pointer_ + "/";
  for (const char c : name) {  // RFC 6901 section 3
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  const auto line = fmt::format("{} {}", in_quotes(name), detail);
  problem_ = rollcall::problem(status, line, {{pointer, std::move(detail)}});
}

void JsonBody::need(const char* name) {
  if (!has(name)) refuse(name, "is missing");
}

std::optional<std::string> JsonBody::text(const char* name) {
  if (!has(name)) return std::nullopt;
  if (object_[name].is_string()) return object_[name].get<std::string>();
  refuse(name, "must be a string");
  return std::nullopt;
}

std::optional<bool> JsonBody::boolean(const char* name) {
  if (!has(name)) return std::nullopt;
  if (object_[name].is_boolean()) return object_[name].get<bool>();
  refuse(name, "must be true or false");
  return std::nullopt;
}

std::optional<std::uint64_t> JsonBody::number(const char* name) {
  if (!has(name)) return std::nullopt;
  if (object_[name].is_number_unsigned()) return object_[name].get<std::uint64_t>();
  refuse(name, "must be a whole number from 0");
  return std::nullopt;
}

std::optional<Millis> JsonBody::duration(const char* name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto parsed = parse_duration(*value);
  if (parsed) return *parsed;
  refuse(name, "is no duration: " + parsed.error().message);
  return std::nullopt;
}

std::optional<nlohmann::json> JsonBody::object(const char* name) {
  if (!has(name)) return std::nullopt;
  if (object_[name].is_object()) return object_[name];
  refuse(name, "must be an object");
  return std::nullopt;
}

}  // namespace rollcall
