// SPDX-License-Identifier: Apache-2.0
// What the bridge says in its log about a broker and its plugin.
#include <chrono>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/pipeline/bridge.hpp"

namespace rollcall {
namespace {

constexpr Millis kConflictsEvery{60'000};

}  // namespace

/// When the log has to say that clients fight over ids; nothing: all takeovers that there were are said.
std::optional<Time> Bridge::conflicts_log_due() const {
  const auto conflicts = engine_.conflicts();
  if (!conflicts || conflicts->last <= conflicts_logged_through_) return std::nullopt;
  return conflicts_logged_at_ + kConflictsEvery;
}

/// One line for all of them, so that a fleet that fights doesn't fill the log.
void Bridge::log_conflicts(Time now) {
  const auto due = conflicts_log_due();
  if (!due || now < *due) return;
  const auto conflicts = *engine_.conflicts();
  conflicts_logged_at_ = now;
  conflicts_logged_through_ = conflicts.last;
  const auto seconds = std::chrono::ceil<Seconds>(conflicts.last - conflicts.began).count();
  auto line = fmt::format("broker {}: clients with the client id {} throw each other out, {} times in {} s",
                          in_quotes(config_.brokers[conflicts.broker].name), in_quotes(conflicts.client_id),
                          conflicts.takeovers, seconds);
  if (!conflicts.addresses.empty()) line += fmt::format(", from {}", fmt::join(conflicts.addresses, " and "));
  if (!conflicts.device.empty()) line += fmt::format(" (device {})", in_quotes(conflicts.device));
  line += ". Give each client an id of its own";
  if (const auto others = conflicts.count - 1; others > 0) {
    line += fmt::format("; {} other client {} fought over as well, in all payloads with \"conflict\":true",
                        others, others == 1 ? "id is" : "ids are");
  }
  ports_.log(BridgePorts::Level::warning, line);
}

void Bridge::log_requests_too_large(std::uint32_t broker) {
  ports_.log(BridgePorts::Level::warning,
             "broker \"" + config_.brokers[broker].name +
                 "\" leaves large requests unanswered: sending smaller ones, which is slower. Set "
                 "message_size_limit there to 262144 or more, or remove it, and restart that broker");
}

void Bridge::log_left_out(std::uint32_t broker) {
  const auto what = sessions_[broker]->left_out();
  if (!what) return;
  const std::string setting = what->is_packet_limit ? "max_packet_size" : "message_size_limit";
  ports_.log(BridgePorts::Level::error,
             "broker \"" + config_.brokers[broker].name + "\": " + setting +
                 " there is too small for some statuses or timeline rows (one needs " +
                 std::to_string(what->needed_bytes) +
                 " bytes): they are not published there, and ds/bridge counts them; all others go on. Set " +
                 setting + " there to 262144 or more, or remove it, and restart that broker");
}

void Bridge::log_lost_events(std::uint32_t broker) {
  ports_.log(
      BridgePorts::Level::warning,
      "broker \"" + config_.brokers[broker].name +
          "\": events of its plugin get lost on the way again and again, and each time the bridge has to ask "
          "who is there: set max_queued_messages to 100000 and leave max_queued_bytes at 0 there (said "
          "once)");
}

void Bridge::log_rules_too_large(std::uint32_t broker, std::size_t bytes, std::size_t most) {
  ports_.log(BridgePorts::Level::error,
             "broker \"" + config_.brokers[broker].name +
                 "\": \"devices\" with the names of templates and "
                 "\"reporters\" has " +
                 std::to_string(bytes) + " bytes; its plugin can take " + std::to_string(most) + " at most" +
                 (most < kMaxRequestBytes ? " (max_packet_size or message_size_limit there)" : "") +
                 ", and 10,000 rules: nobody can declare or report there until they are fewer or shorter");
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

void Bridge::log_plugin_state(std::uint32_t broker, PluginState state, std::string_view detail) {
  const auto& name = config_.brokers[broker].name;
  switch (state) {
    case PluginState::answers:
      ports_.log(BridgePorts::Level::info,
                 "broker \"" + name + "\": its plugin answers (version " + std::string(detail) + ")");
      break;
    case PluginState::silent:
      ports_.log(BridgePorts::Level::error,
                 "broker \"" + name +
                     "\": no answer from the Rollcall plugin: is mosquitto_rollcall.so loaded there, with "
                     "topic_prefix \"" +
                     config_.topic_prefix + "\" and this bridge's user and password? Still trying");
      break;
    case PluginState::serves_another:
      ports_.log(BridgePorts::Level::error,
                 "broker \"" + name + "\": another Rollcall bridge is at work there (" + std::string(detail) +
                     "): this one publishes nothing there, and asks now and then whether the other has gone. "
                     "brokers[].on_conflict \"take_over\" makes a bridge take over when it starts");
      break;
    case PluginState::other_version:
      ports_.log(BridgePorts::Level::error,
                 "broker \"" + name + "\": its plugin doesn't fit this bridge: " + std::string(detail));
      break;
  }
}

}  // namespace rollcall
