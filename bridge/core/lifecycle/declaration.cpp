// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/declaration.hpp"

#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "base/quoting.hpp"
#include "topics/names.hpp"

namespace rollcall {
namespace {

using nlohmann::json;

constexpr std::string_view kExample = R"(such as {"status":"standby","for":"24h"})";

/// A key that comes twice would hide what was meant.
std::optional<std::string> key_that_comes_twice(std::string_view payload) {
  std::set<std::string> keys;
  std::optional<std::string> twice;
  const auto look = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1 && !keys.insert(parsed.get<std::string>()).second) {
      twice = parsed.get<std::string>();
    }
    return true;
  };
  const auto ignored = json::parse(payload, look, false);
  return twice;
}

}  // namespace

std::string no_such_status(std::string_view status, const TemplateDefinition& definition) {
  std::vector<std::string_view> keys;
  for (const StatusDefinition& each : definition.statuses) keys.push_back(each.key);
  return "the template " + in_quotes(definition.name) + " has no status " + in_quotes(status) +
         "; it must be one of " + quoted_list(keys);
}

Result<std::optional<DeclaredStatus>> parse_declaration(std::string_view payload,
                                                        const TemplateDefinition& definition) {
  if (payload.empty()) return std::nullopt;
  if (payload.size() > kMaxDeclarationBytes) {
    return fail("it is longer than " + std::to_string(kMaxDeclarationBytes) + " bytes");
  }
  const auto parsed = json::parse(payload, nullptr, false);
  if (!parsed.is_object()) return fail("it must be a JSON object " + std::string(kExample));
  if (const auto twice = key_that_comes_twice(payload)) {
    return fail("the key " + in_quotes(*twice) + " comes twice");
  }
  DeclaredStatus declared{0, std::nullopt};
  bool has_status = false;
  for (const auto& [key, value] : parsed.items()) {
    if (key != "status" && key != "for") {
      return fail("the key " + in_quotes(key) + R"( is unknown; there are "status" and "for")");
    }
    const auto* const text = value.get_ptr<const std::string*>();
    if (text == nullptr) {
      return fail(in_quotes(key) + " must be a text, " + std::string(kExample));
    }
    if (key == "for") {
      const auto wait = parse_duration(*text);
      if (!wait) return fail("\"for\": " + wait.error().message);
      declared.wait = *wait;
      continue;
    }
    const auto status = definition.find_status(*text);
    if (!status) return fail(no_such_status(*text, definition));
    declared.status = *status;
    has_status = true;
  }
  if (!has_status) return fail("the key \"status\" is missing, " + std::string(kExample));
  return declared;
}

}  // namespace rollcall
