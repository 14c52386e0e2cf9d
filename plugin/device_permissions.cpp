// SPDX-License-Identifier: Apache-2.0
#include "plugin/device_permissions.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "base/keyed_hash.hpp"

namespace rollcall::plugin {
namespace {

ClientIdentity identity_of(const ClientFacts& client) {
  return {client.client_id, client.username, client.address};
}

/// Of what identity_of() gives; the lengths keep the texts apart.
std::uint64_t hash_of(const ClientFacts& client) {
  std::string text;
  for (const auto* part : {&client.client_id, &client.username, &client.address})
    text.append(std::to_string(part->size())).append(1, ':').append(*part);
  return keyed_hash(text);
}

}  // namespace

bool DevicePermissions::may_declare(ClientHandle handle, const ClientFacts& client,
                                    std::string_view topic) const {
  const auto level = names_.declaring_device(topic);
  if (!level || !has_rules_ || is_too_long_to_be_reported(client)) return false;
  // An id has one encoding. Another text that decodes to it is another topic, where nobody may declare.
  return own_device(handle, client) == *level;
}

const std::optional<std::string>& DevicePermissions::own_device(ClientHandle handle,
                                                                const ClientFacts& client) const {
  const auto of_facts = hash_of(client);
  const auto [entry, is_new] = own_devices_.try_emplace(handle);
  auto& [facts, level] = entry->second;
  if (std::exchange(facts, of_facts) == of_facts && !is_new) return level;
  const auto own = device_rules_.identify(templates(), identity_of(client));
  level = own ? encode_device(own->device) : std::nullopt;
  return level;
}

bool DevicePermissions::may_report(const ClientFacts& client, std::string_view topic) const {
  const auto level = names_.reporting_device(topic);
  if (!level || !has_rules_ || !client.has_username || is_too_long_to_be_reported(client)) return false;
  return reporters_.contains(client.username) && decode_device(*level).has_value();
}

void DevicePermissions::set_rules(request::Rules rules) {
  const auto names_of = [](std::vector<std::string>& names) {
    return Names(std::make_move_iterator(names.begin()), std::make_move_iterator(names.end()));
  };
  has_rules_ = true;
  templates_ = names_of(rules.templates);
  reporters_ = names_of(rules.reporters);
  device_rules_ = std::move(rules.rules);
  own_devices_.clear();
  has_report_topics_ = std::any_of(device_rules_.all().begin(), device_rules_.all().end(),
                                   [](const DeviceRule& rule) { return rule.report_topic.has_value(); });
}

bool DevicePermissions::matches_report_topic(std::string_view topic) const {
  return has_rules_ && topic.size() <= kMaxReportTopicBytes && device_rules_.may_be_report(topic);
}

bool DevicePermissions::is_report(const ClientFacts& client, std::string_view topic, bool is_retained) const {
  if (!matches_report_topic(topic) || is_too_long_to_be_reported(client)) return false;
  const auto about = device_rules_.identify_report(templates(), identity_of(client), topic, is_retained);
  return about && can_be_device(about->device);
}

IsTemplate DevicePermissions::templates() const {
  return [this](std::string_view name) { return templates_.contains(name); };
}

}  // namespace rollcall::plugin
