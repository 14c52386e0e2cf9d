// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/device_rules.hpp"

namespace rollcall {
namespace {

/// False if an earlier field took something else.
bool take(std::optional<std::string_view>& taken, const std::optional<std::string_view>& capture) {
  if (!capture) return true;
  if (taken && *taken != *capture) return false;
  taken = capture;
  return true;
}

/// Matches one field and keeps what it takes; a field that the rule doesn't have matches.
bool field_matches(const std::optional<Pattern>& pattern, std::string_view text, Captures& captures) {
  if (!pattern) return true;
  const auto found = pattern->match(text);
  return found && take(captures.device, found->device) && take(captures.template_name, found->template_name);
}

}  // namespace

std::optional<DeviceIdentity> identify(const Config& config, const ClientIdentity& client) {
  for (const auto& rule : config.devices) {
    if (rule.report_topic) continue;
    Captures captures;
    if (!field_matches(rule.client_id, client.client_id, captures)) continue;
    if (!field_matches(rule.username, client.username, captures)) continue;
    if (rule.address && !rule.address->contains(client.address)) continue;
    // An undefined template makes the rule another's business even where it says `ignore`: a rule matches or
    // doesn't.
    if (captures.template_name && config.find_template(*captures.template_name) == nullptr) continue;
    if (rule.ignore) return std::nullopt;
    const std::string_view template_name = rule.template_name ? std::string_view(*rule.template_name)
                                                              : captures.template_name.value_or("default");
    return DeviceIdentity{std::string(captures.device.value_or(client.client_id)),
                          std::string(template_name)};
  }
  return std::nullopt;
}

}  // namespace rollcall
