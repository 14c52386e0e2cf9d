// SPDX-License-Identifier: Apache-2.0
// What devices, and gateways on their behalf, say: activity, declarations and reports on their way to the
// engine; and the rules by which the plugins know who may say it.
#include <algorithm>
#include <utility>

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

void Bridge::say_where_activity_is_off(std::uint32_t broker) {
  if (!wants_activity() || !is_activity_off_[broker] || is_activity_off_said_[broker]) return;
  is_activity_off_said_[broker] = true;
  ports_.log(
      BridgePorts::Level::warning,
      "broker \"" + config_.brokers[broker].name +
          "\": plugin_opt_activity_interval is 0 there, so it doesn't tell whether connected devices send "
          "anything: report_every of templates has no effect on them; set it to some seconds");
}

void Bridge::rules_are_too_large(std::uint32_t broker, std::size_t bytes, std::size_t most) {
  ports_.log(BridgePorts::Level::error,
             "broker \"" + config_.brokers[broker].name +
                 "\": \"devices\" with the names of templates and "
                 "\"reporters\" has " +
                 std::to_string(bytes) + " bytes; its plugin can take " + std::to_string(most) + " at most" +
                 (most < kMaxRequestBytes ? " (max_packet_size or message_size_limit there)" : "") +
                 ", and 10,000 rules: nobody can declare or report there until they are fewer or shorter");
}

void Bridge::active(const ConnectionId& id, Time at, Time now) {
  happen(at, now, [this, id, at](Time later) { carry_out(engine_.handle(Active{id, at}, later)); });
}

void Bridge::declared(const ConnectionId& id, Time at, std::string_view payload, Time now) {
  happen(at, now, [this, id, at, text = std::string(payload)](Time later) {
    carry_out(engine_.handle(Declared{id, at, text}, later));
  });
}

void Bridge::reported(std::string_view topic, const ClientIdentity& by, Time at, Time now) {
  happen(at, now,
         [this, at, of = std::string(topic), client_id = std::string(by.client_id),
          username = std::string(by.username), address = std::string(by.address)](Time later) {
           const auto device = device_of_report(of, {client_id, username, address});
           if (!device) return;
           carry_out(engine_.handle(Reported{device->device, device->template_name, at}, later));
         });
}

void Bridge::activity_known_until(std::uint32_t broker, Time known_until) {
  happen(known_until, known_until, [this, broker, known_until](Time /*later*/) {
    engine_.set_activity_watermark(broker, known_until);
  });
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
  if (const auto known = engine_.template_of(device)) return std::string(*known);
  const auto by_rules = identify(config_, {device, {}, {}});
  return by_rules && by_rules->device == device ? by_rules->template_name : "default";
}

}  // namespace rollcall
