// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/json_members.hpp"

#include "bridge/core/simulate/scenario_time.hpp"

namespace rollcall::cli {

std::optional<Json> parse_json(const std::string& text) {
  auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

std::string json_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

const Json& member(const Json& object, const char* name) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string text_of(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool is_true(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_boolean() && value.get<bool>();
}

std::uint64_t number_of(const Json& object, const char* name) {
  const Json& value = member(object, name);
  const bool is_count = value.is_number_integer() && (value.is_number_unsigned() || value >= 0);
  return is_count ? value.get<std::uint64_t>() : 0;
}

std::optional<double> fraction_of(const Json& object, const char* name) {
  const Json& value = member(object, name);
  if (!value.is_number()) return std::nullopt;
  return value.get<double>();
}

std::optional<Time> time_of(const Json& object, const char* name) {
  return parse_time(text_of(object, name));
}

std::optional<Time> parse_time(const std::string& text) {
  const auto parsed = parse_scenario_time(text);
  if (!parsed || parsed->form != TimeForm::date) return std::nullopt;
  return Time(parsed->value);
}

}  // namespace rollcall::cli
