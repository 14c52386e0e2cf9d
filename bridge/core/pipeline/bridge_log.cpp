// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/bridge_log.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/duration.hpp"
#include "base/quoting.hpp"
#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {
namespace {

using Level = BridgePorts::Level;

constexpr Millis kConflictsEvery{60'000};

/// "forward by 1h"
std::string words_of(Millis step) {
  const auto seconds = std::chrono::round<Seconds>(step < Millis{0} ? -step : step);
  return (step < Millis{0} ? "back by " : "forward by ") + format_duration(seconds);
}

}  // namespace

void BridgeLog::at_broker(Level level, std::uint32_t broker, std::string_view what) {
  log(level, fmt::format("broker \"{}\": {}", name_of(broker), what));
}

BridgeLog::BridgeLog(const Config& config, BridgePorts& ports)
    : config_(config), ports_(ports), is_activity_off_logged_(config.brokers.size(), false) {}

std::optional<Time> BridgeLog::conflicts_due(const std::optional<ConflictSummary>& conflicts) const {
  if (!conflicts || conflicts->last <= conflicts_logged_through_) return std::nullopt;
  return conflicts_logged_at_ + kConflictsEvery;
}

void BridgeLog::newcomers(const Newcomers::News& news) {
  const auto& limits = config_.newcomers;
  const bool is_full = news.by == Newcomers::Limit::max_devices;
  const auto reason = is_full ? fmt::format("max_devices is {}", limits.max_devices)
                              : fmt::format("new_devices is \"{}/s\"", limits.new_devices_per_second);
  log(BridgePorts::Level::warning,
      fmt::format(
          "refused {} {} of devices that aren't known yet, the last one {}: {}. Each becomes a device with "
          "its next contact when there is room. If these are your devices, raise the limit; if they are "
          "strangers, close the broker to them",
          news.count, news.count == 1 ? "contact" : "contacts", in_quotes(news.device), reason));
}

void BridgeLog::conflicts(const std::optional<ConflictSummary>& summary, Time now) {
  const auto due = conflicts_due(summary);
  if (!due || now < *due) return;
  const auto& conflicts = *summary;
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
  log(Level::warning, line);
}

void BridgeLog::requests_too_large(std::uint32_t broker) {
  at_broker(
      Level::warning, broker,
      "large requests stay unanswered: smaller ones are sent, which is slower. Set message_size_limit there "
      "to 262144 or more, or remove it, and restart that broker");
}

void BridgeLog::left_out(std::uint32_t broker, const LeftOut& what) {
  const auto* const setting = what.is_packet_limit ? "max_packet_size" : "message_size_limit";
  at_broker(Level::error, broker,
            fmt::format(
                "{0} there is too small for some statuses or timeline rows (one needs {1} bytes): these are "
                "not published there, and {2}/bridge counts them. Set {0} there to 262144 or more, or "
                "remove it, and restart that broker",
                setting, what.needed_bytes, config_.topic_prefix));
}

void BridgeLog::lost_events(std::uint32_t broker) {
  at_broker(
      Level::warning, broker,
      "the broker drops its plugin's events again and again, and the bridge asks for a new snapshot each "
      "time. Set max_queued_messages to 100000 and leave max_queued_bytes at 0 there (logged once)");
}

void BridgeLog::rules_too_large(std::uint32_t broker, std::size_t bytes, std::size_t most) {
  at_broker(
      Level::error, broker,
      fmt::format(
          "\"devices\" with the names of templates and \"reporters\" has {} bytes; its plugin can take "
          "{} at most{}, and 10,000 rules: nobody can declare or report there until they are fewer "
          "or shorter",
          bytes, most, most < kMaxRequestBytes ? " (max_packet_size or message_size_limit there)" : ""));
}

void BridgeLog::cause_log(std::uint32_t broker, CauseLog state) {
  const bool is_complete = state == CauseLog::complete;
  at_broker(is_complete ? Level::info : Level::warning, broker,
            is_complete ? "its log has the causes of disconnects again" : remedy_for(state));
}

void BridgeLog::plugin_state(std::uint32_t broker, PluginState state, std::string_view detail) {
  switch (state) {
    case PluginState::answers:
      at_broker(Level::info, broker, fmt::format("its plugin answers (version {})", detail));
      break;
    case PluginState::silent:
      at_broker(
          Level::error, broker,
          fmt::format(
              "no answer from the Rollcall plugin; retrying. Is mosquitto_rollcall.so loaded there, with "
              "topic_prefix \"{}\" and this bridge's user and password?",
              config_.topic_prefix));
      break;
    case PluginState::serves_another:
      at_broker(
          Level::error, broker,
          fmt::format("another Rollcall bridge is at work there ({}): this one publishes nothing there until "
                      "the other has gone. Stop one of the two, or set brokers[].on_conflict to "
                      "\"take_over\" for a bridge that shall take over when it starts",
                      detail));
      break;
    case PluginState::other_version:
      at_broker(Level::error, broker, fmt::format("its plugin doesn't fit this bridge: {}", detail));
      break;
  }
}

void BridgeLog::activity_off(std::uint32_t broker) {
  if (is_activity_off_logged_[broker]) return;
  is_activity_off_logged_[broker] = true;
  at_broker(
      Level::warning, broker,
      "plugin_opt_activity_interval is 0 there, so its plugin doesn't report whether connected devices send "
      "anything, and report_every of templates has no effect on them. Set it to some seconds");
}

void BridgeLog::same_broker(std::uint32_t served, std::uint32_t given_up) {
  const auto entry = [&](std::uint32_t each) {
    return fmt::format("\"{}\" ({})", name_of(each), config_.brokers[each].uri);
  };
  log(Level::error,
      fmt::format("brokers {} and {} are one and the same broker: this bridge serves it as \"{}\" only. "
                  "Take one of the two out of \"brokers\", and restart the bridge",
                  entry(served), entry(given_up), name_of(served)));
}

void BridgeLog::stale_statuses(std::uint32_t broker, std::size_t cleared, std::size_t corrected) {
  if (cleared > 0) {
    at_broker(Level::warning, broker,
              fmt::format("cleared retained statuses of unknown devices: {}", cleared));
  }
  if (corrected > 0) {
    at_broker(
        Level::warning, broker,
        fmt::format(
            "corrected retained statuses that a bridge before this one had published but not stored: {}",
            corrected));
  }
}

void BridgeLog::no_device_id(std::string_view address, std::size_t bytes) {
  if (std::exchange(is_no_device_id_logged_, true)) return;
  log(Level::warning,
      fmt::format("a client at {} has a device id of {} bytes, and is no device: an id may have 512 "
                  "bytes, 1024 encoded (logged once)",
                  address, bytes));
}

void BridgeLog::forgotten(std::size_t count) {
  if (count == 0) return;
  log(Level::warning,
      fmt::format("forgot {} that no rule of \"devices\" matches any more, and cleared the retained "
                  "statuses",
                  count == 1 ? "1 device" : fmt::format("{} devices", count)));
}

void BridgeLog::clock_stepped(Millis by) {
  log(Level::warning,
      fmt::format("the system clock was set {}: all times move along and are published again, waits "
                  "keep their length",
                  words_of(by)));
}

void BridgeLog::clock_was_set(Millis by, std::string_view broker) {
  log(Level::warning,
      fmt::format("the system clock was set {} while this bridge was away, by the clock of the plugin at "
                  "broker \"{}\": all stored times move along, waits keep their length",
                  words_of(by), broker));
}

void BridgeLog::times_in_the_future(std::size_t devices) {
  log(Level::error,
      fmt::format("{} {} times in the future: the system clock is wrong, or was. No broker and no bridge ran "
                  "on to tell by how much, so these times count as now",
                  devices == 1 ? "1 device" : fmt::format("{} devices", devices),
                  devices == 1 ? "has" : "have"));
}

void BridgeLog::store_failed(const std::string& error, bool is_ready) {
  log(Level::error,
      error + (is_ready
                   ? "; statuses are published as before, and changes wait to be stored"
                   : "; the system clock was set back, so the bridge waits for the store: it can't choose "
                     "a seq before that"));
}

void BridgeLog::store_recovered() {
  log(Level::info, "the store can be written again: what waited is being stored");
}

void BridgeLog::move_times(Millis by) {
  move_along(conflicts_logged_at_, by);
  move_along(conflicts_logged_through_, by);
}

}  // namespace rollcall
