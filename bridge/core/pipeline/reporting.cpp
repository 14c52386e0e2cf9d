// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/reporting.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {

request::Rules rules_for_plugins(const Config& config) {
  request::Rules rules;
  rules.rules = config.devices.all();
  for (const auto& definition : config.templates) rules.templates.push_back(definition.name);
  rules.reporters = config.reporters;
  rules.wants_activity = wants_activity(config);
  return rules;
}

bool wants_activity(const Config& config) {
  return std::any_of(config.templates.begin(), config.templates.end(),
                     [](const TemplateDefinition& each) { return each.report_every.has_value(); });
}

std::optional<DeviceIdentity> device_of_report(const Config& config, const TopicNames& topics,
                                               std::string_view topic, const ClientIdentity& by,
                                               const TemplateOf& template_of) {
  const auto level = topics.reporting_device(topic);
  if (!level) return identify_report(config, by, topic);
  auto device = decode_device(*level);
  if (!device) return std::nullopt;
  if (const auto known = template_of(*device)) return DeviceIdentity{*std::move(device), std::string(*known)};
  const auto by_rules = identify(config, {*device, {}, {}});
  const bool is_same = by_rules && by_rules->device == *device;
  return DeviceIdentity{*std::move(device), is_same ? by_rules->template_name : "default"};
}

}  // namespace rollcall
