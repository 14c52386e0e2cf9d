// SPDX-License-Identifier: Apache-2.0
#include "plugin/device_permissions.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::plugin {
namespace {

ClientIdentity identity_of(const ClientFacts& client) {
  return {client.client_id, client.username, client.address};
}

}  // namespace

bool DevicePermissions::may_declare(const ClientFacts& client, std::string_view topic) const {
  const auto level = names_.declaring_device(topic);
  if (!level || !rules_ || is_too_long_to_be_reported(client)) return false;
  const auto own = device_rules_.identify(templates(), identity_of(client));
  // An id has one encoding. Another text that decodes to it is another topic, where nobody may declare.
  return own && encode_device(own->device) == *level;
}

bool DevicePermissions::may_report(const ClientFacts& client, std::string_view topic) const {
  const auto level = names_.reporting_device(topic);
  if (!level || !rules_ || !client.has_username || is_too_long_to_be_reported(client)) return false;
  const auto& reporters = rules_->reporters;
  return std::find(reporters.begin(), reporters.end(), client.username) != reporters.end() &&
         decode_device(*level).has_value();
}

void DevicePermissions::set_rules(request::Rules rules) {
  rules_ = std::move(rules);
  device_rules_ = std::exchange(rules_->rules, {});
  has_report_topics_ = std::any_of(device_rules_.all().begin(), device_rules_.all().end(),
                                   [](const DeviceRule& rule) { return rule.report_topic.has_value(); });
}

bool DevicePermissions::matches_report_topic(std::string_view topic) const {
  return rules_ && topic.size() <= kMaxReportTopicBytes && device_rules_.may_be_report(topic);
}

bool DevicePermissions::is_report(const ClientFacts& client, std::string_view topic, bool is_retained) const {
  if (!matches_report_topic(topic) || is_too_long_to_be_reported(client)) return false;
  const auto about = device_rules_.identify_report(templates(), identity_of(client), topic, is_retained);
  return about && encode_device(about->device);
}

IsTemplate DevicePermissions::templates() const {
  return [this](std::string_view name) {
    return std::find(rules_->templates.begin(), rules_->templates.end(), name) != rules_->templates.end();
  };
}

}  // namespace rollcall::plugin
