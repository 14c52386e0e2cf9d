// SPDX-License-Identifier: Apache-2.0
// What devices, and gateways on their behalf, say: activity, declarations and reports on their way to the
// engine; and the rules by which the plugins know who may say it.
#include <algorithm>
#include <utility>

#include "base/json_text.hpp"
#include "bridge/core/pipeline/bridge.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

request::Rules Bridge::rules_for_plugins() const {
  request::Rules rules;
  rules.rules = config_.devices;
  for (const auto& definition : config_.templates) rules.templates.push_back(definition.name);
  rules.reporters = config_.reporters;
  rules.wants_activity = wants_activity();
  return rules;
}

bool Bridge::wants_activity() const {
  return std::any_of(config_.templates.begin(), config_.templates.end(),
                     [](const TemplateDefinition& each) { return each.report_every.has_value(); });
}

void Bridge::reported(const session_event::Reported& event, Time now) {
  const auto device = device_of_report(event.topic, event.by);
  if (!device) return;
  carry_out(engine_.handle(Reported{device->device, device->template_name, event.at}, now));
}

/// Judged by the rules of now: the plugin may have told it by older ones.
std::optional<DeviceIdentity> Bridge::device_of_report(std::string_view topic,
                                                       const ClientIdentity& by) const {
  const auto level = topics_.reporting_device(topic);
  if (!level) return identify_report(config_, by, topic);
  auto device = decode_device(*level);
  if (!device) return std::nullopt;
  auto template_name = template_of(*device);
  return DeviceIdentity{*std::move(device), std::move(template_name)};
}

/// Of a device of which only the id was said: the one that it has; else what the rules say of a client whose
/// id it is.
std::string Bridge::template_of(const std::string& device) const {
  if (const auto payload = engine_.payload_of(device)) {
    for (const auto& definition : config_.templates) {
      std::string field = "\"template\":";  // unescaped quotes: it can't stand in any other field's text
      append_json_string(field, definition.name);
      if (payload->find(field) != std::string::npos) return definition.name;
    }
  }
  const auto by_rules = identify(config_, {device, {}, {}});
  return by_rules && by_rules->device == device ? by_rules->template_name : "default";
}

}  // namespace rollcall
