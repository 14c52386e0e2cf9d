// SPDX-License-Identifier: Apache-2.0
// What the bridge says in its log about a broker and its plugin.
#include "bridge/core/bridge.hpp"

namespace rollcall {

void Bridge::requests_are_too_large(std::uint32_t broker, std::size_t bytes) {
  ports_.log(
      BridgePorts::Level::warning,
      "broker \"" + config_.brokers[broker].name + "\": a request of up to " + std::to_string(bytes) +
          " bytes got no answer, or broke the link: going on with smaller ones. Where message_size_limit or "
          "max_packet_size is set there, give it 262144 or more");
}

void Bridge::events_get_lost(std::uint32_t broker) {
  ports_.log(
      BridgePorts::Level::warning,
      "broker \"" + config_.brokers[broker].name +
          "\": events of its plugin get lost on the way again and again, and each time the bridge has to ask "
          "who is there: set max_queued_messages to 100000 and leave max_queued_bytes at 0 there (said "
          "once)");
}

void Bridge::cause_log_changed(std::uint32_t broker, CauseLog log) {
  cause_logs_[broker] = log;
  has_new_warnings_ = true;
  const auto name = "broker \"" + config_.brokers[broker].name + "\": ";
  if (log == CauseLog::complete) {
    ports_.log(BridgePorts::Level::info, name + "its log tells causes again");
  } else {
    ports_.log(BridgePorts::Level::warning, name + std::string(remedy_for(log)));
  }
}

void Bridge::plugin_state_changed(std::uint32_t broker, PluginState state, const std::string& detail) {
  const auto& name = config_.brokers[broker].name;
  switch (state) {
    case PluginState::answers:
      ports_.log(BridgePorts::Level::info,
                 "broker \"" + name + "\": its plugin answers (version " + detail + ")");
      break;
    case PluginState::silent:
      ports_.log(BridgePorts::Level::error,
                 "broker \"" + name +
                     "\": no answer from the Rollcall plugin: is mosquitto_rollcall.so loaded there, with "
                     "topic_prefix \"" +
                     config_.topic_prefix +
                     "\" and this bridge's user and password? "
                     "Asking on.");
      break;
    case PluginState::serves_another:
      ports_.log(BridgePorts::Level::error,
                 "broker \"" + name + "\": another Rollcall bridge is at work there (" + detail +
                     "): this one publishes nothing there, and asks now and then whether the other has gone. "
                     "brokers[].on_conflict \"take_over\" makes a bridge take over when it starts");
      break;
    case PluginState::other_version:
      ports_.log(BridgePorts::Level::error,
                 "broker \"" + name + "\": its plugin doesn't fit this bridge: " + detail);
      break;
  }
}

}  // namespace rollcall
