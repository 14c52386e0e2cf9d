// SPDX-License-Identifier: Apache-2.0
#include "topics/identity/device_rules.hpp"

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

/// An undefined template makes the rule another's business even where it says `ignore`: a rule matches or
/// doesn't.
bool client_matches(const DeviceRule& rule, const IsTemplate& is_template, const ClientIdentity& client,
                    Captures& captures) {
  return field_matches(rule.client_id, client.client_id, captures) &&
         field_matches(rule.username, client.username, captures) &&
         (!rule.address || rule.address->contains(client.address)) &&
         (!captures.template_name || is_template(*captures.template_name));
}

DeviceIdentity identity_by(const DeviceRule& rule, const Captures& captures, std::string_view device) {
  const std::string_view template_name =
      rule.template_name ? std::string_view(*rule.template_name) : captures.template_name.value_or("default");
  return {std::string(device), std::string(template_name)};
}

}  // namespace

std::string_view to_string(RetainedReports retained) {
  return retained == RetainedReports::ignore ? "ignore" : "count";
}

std::optional<DeviceIdentity> identify(const std::vector<DeviceRule>& rules, const IsTemplate& is_template,
                                       const ClientIdentity& client) {
  for (const auto& rule : rules) {
    if (rule.report_topic) continue;
    Captures captures;
    if (!client_matches(rule, is_template, client, captures)) continue;
    if (rule.ignore) return std::nullopt;
    return identity_by(rule, captures, captures.device.value_or(client.client_id));
  }
  return std::nullopt;
}

std::optional<DeviceIdentity> identify_report(const std::vector<DeviceRule>& rules,
                                              const IsTemplate& is_template, const ClientIdentity& client,
                                              std::string_view topic, bool is_retained) {
  for (const auto& rule : rules) {
    if (!rule.report_topic) continue;
    Captures captures;
    if (!field_matches(rule.report_topic, topic, captures)) continue;
    if (!client_matches(rule, is_template, client, captures)) continue;
    if (rule.ignore || !captures.device) return std::nullopt;
    if (is_retained && rule.retained == RetainedReports::ignore) return std::nullopt;
    return identity_by(rule, captures, *captures.device);
  }
  return std::nullopt;
}

}  // namespace rollcall
