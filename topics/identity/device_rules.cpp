// SPDX-License-Identifier: Apache-2.0
#include "topics/identity/device_rules.hpp"

#include <cstdint>
#include <utility>

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
                    const std::optional<AddressBlock>& address, Captures& captures) {
  return field_matches(rule.client_id, client.client_id, captures) &&
         field_matches(rule.username, client.username, captures) &&
         (!rule.address || (address && rule.address->contains(*address))) &&
         (!captures.template_name || is_template(*captures.template_name));
}

RuleIndex::Subject subject_of(const ClientIdentity& client, std::string_view topic, bool wants_address) {
  const auto whole = [](std::string_view text) { return RuleIndex::Ends{text, text, nullptr}; };
  return {whole(client.client_id), whole(client.username), whole(topic),
          wants_address ? AddressBlock::of(client.address) : std::nullopt};
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

DeviceRules::DeviceRules(std::vector<DeviceRule> rules) : rules_(std::move(rules)) {
  constexpr std::size_t kFew = 16;
  const auto add = [&](RuleIndex& index, std::uint32_t number, const DeviceRule& rule) {
    rules_.size() <= kFew ? index.add_to_be_tried(number) : index.add(number, rule);
  };
  for (std::uint32_t number = 0; number < rules_.size(); ++number) {
    const auto& rule = rules_[number];
    has_addresses_ = has_addresses_ || rule.address;
    add(rule.report_topic ? of_reports_ : of_connections_, number, rule);
    if (!rule.report_topic) continue;
    DeviceRule topic_only;
    topic_only.report_topic = rule.report_topic;
    add(by_topic_, number, topic_only);
  }
}

bool DeviceRules::may_be_report(std::string_view topic) const {
  return by_topic_.any_of({{}, {}, {topic, topic}, {}},
                          [&](std::uint32_t number) { return rules_[number].report_topic->match(topic); });
}

std::optional<DeviceIdentity> DeviceRules::identify(const IsTemplate& is_template,
                                                    const ClientIdentity& client) const {
  const auto subject = subject_of(client, {}, has_addresses_);
  for (const auto number : of_connections_.find(subject)) {
    const auto& rule = rules_[number];
    Captures captures;
    if (!client_matches(rule, is_template, client, subject.address, captures)) continue;
    if (rule.ignore) return std::nullopt;
    return identity_by(rule, captures, captures.device.value_or(client.client_id));
  }
  return std::nullopt;
}

std::optional<DeviceIdentity> DeviceRules::identify_report(const IsTemplate& is_template,
                                                           const ClientIdentity& client,
                                                           std::string_view topic, bool is_retained) const {
  const auto subject = subject_of(client, topic, has_addresses_);
  for (const auto number : of_reports_.find(subject)) {
    const auto& rule = rules_[number];
    Captures captures;
    if (!field_matches(rule.report_topic, topic, captures)) continue;
    if (!client_matches(rule, is_template, client, subject.address, captures)) continue;
    if (rule.ignore || !captures.device) return std::nullopt;
    if (is_retained && rule.retained == RetainedReports::ignore) return std::nullopt;
    return identity_by(rule, captures, *captures.device);
  }
  return std::nullopt;
}

}  // namespace rollcall
