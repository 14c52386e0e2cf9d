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
  log(Level::warning,
      "broker \"" + name_of(broker) +
          "\" leaves large requests unanswered: sending smaller ones, which is slower. Set "
          "message_size_limit there to 262144 or more, or remove it, and restart that broker");
}

void BridgeLog::left_out(std::uint32_t broker, const LeftOut& what) {
  const std::string setting = what.is_packet_limit ? "max_packet_size" : "message_size_limit";
  log(Level::error,
      "broker \"" + name_of(broker) + "\": " + setting +
          " there is too small for some statuses or timeline rows (one needs " +
          std::to_string(what.needed_bytes) +
          " bytes): they are not published there, and ds/bridge counts them; all others go on. Set " +
          setting + " there to 262144 or more, or remove it, and restart that broker");
}

void BridgeLog::lost_events(std::uint32_t broker) {
  log(Level::warning,
      "broker \"" + name_of(broker) +
          "\": events of its plugin get lost on the way again and again, and each time the bridge has to ask "
          "who is there: set max_queued_messages to 100000 and leave max_queued_bytes at 0 there (said "
          "once)");
}

void BridgeLog::rules_too_large(std::uint32_t broker, std::size_t bytes, std::size_t most) {
  log(Level::error,
      "broker \"" + name_of(broker) +
          "\": \"devices\" with the names of templates and "
          "\"reporters\" has " +
          std::to_string(bytes) + " bytes; its plugin can take " + std::to_string(most) + " at most" +
          (most < kMaxRequestBytes ? " (max_packet_size or message_size_limit there)" : "") +
          ", and 10,000 rules: nobody can declare or report there until they are fewer or shorter");
}

void BridgeLog::cause_log(std::uint32_t broker, CauseLog state) {
  const auto name = "broker \"" + name_of(broker) + "\": ";
  if (state == CauseLog::complete) {
    log(Level::info, name + "its log tells causes again");
  } else {
    log(Level::warning, name + std::string(remedy_for(state)));
  }
}

void BridgeLog::plugin_state(std::uint32_t broker, PluginState state, std::string_view detail) {
  const auto& name = name_of(broker);
  switch (state) {
    case PluginState::answers:
      log(Level::info, "broker \"" + name + "\": its plugin answers (version " + std::string(detail) + ")");
      break;
    case PluginState::silent:
      log(Level::error,
          "broker \"" + name +
              "\": no answer from the Rollcall plugin: is mosquitto_rollcall.so loaded there, with "
              "topic_prefix \"" +
              config_.topic_prefix + "\" and this bridge's user and password? Still trying");
      break;
    case PluginState::serves_another:
      log(Level::error,
          "broker \"" + name + "\": another Rollcall bridge is at work there (" + std::string(detail) +
              "): this one publishes nothing there, and asks now and then whether the other has gone. "
              "brokers[].on_conflict \"take_over\" makes a bridge take over when it starts");
      break;
    case PluginState::other_version:
      log(Level::error,
          "broker \"" + name + "\": its plugin doesn't fit this bridge: " + std::string(detail));
      break;
  }
}

void BridgeLog::activity_off(std::uint32_t broker) {
  if (is_activity_off_logged_[broker]) return;
  is_activity_off_logged_[broker] = true;
  log(Level::warning,
      "broker \"" + name_of(broker) +
          "\": plugin_opt_activity_interval is 0 there, so it doesn't tell whether connected devices send "
          "anything: report_every of templates has no effect on them; set it to some seconds");
}

void BridgeLog::same_broker(std::uint32_t served, std::uint32_t given_up) {
  const auto entry = [&](std::uint32_t each) {
    return "\"" + name_of(each) + "\" (" + config_.brokers[each].uri + ")";
  };
  log(Level::error, "brokers " + entry(served) + " and " + entry(given_up) +
                        " are one and the same broker: this bridge serves it as \"" + name_of(served) +
                        "\" only. Take one of the two out of \"brokers\", and restart the bridge");
}

void BridgeLog::stale_statuses(std::uint32_t broker, std::size_t cleared, std::size_t corrected) {
  const auto warn = [&](const std::string& what) {
    log(Level::warning, "broker \"" + name_of(broker) + "\": " + what);
  };
  if (cleared > 0) warn("retained statuses of unknown devices: " + std::to_string(cleared) + " cleared");
  if (corrected > 0) {
    warn("retained statuses that the store doesn't know, of a bridge that ended before it had stored them: " +
         std::to_string(corrected) + " corrected");
  }
}

void BridgeLog::no_device_id(std::string_view address, std::size_t bytes) {
  if (std::exchange(is_no_device_id_logged_, true)) return;
  log(Level::warning, "a client at " + std::string(address) + " has a device id of " + std::to_string(bytes) +
                          " bytes: such ids (above 512 bytes, or 1024 encoded) are no devices (said once)");
}

void BridgeLog::forgotten(std::size_t count) {
  if (count == 0) return;
  log(Level::warning, std::to_string(count) + (count == 1 ? " device is" : " devices are") +
                          " known to no rule of \"devices\" any more: forgotten, and the retained status "
                          "cleared");
}

void BridgeLog::clock_stepped(Millis by) {
  log(Level::warning, "the system clock was set " + words_of(by) +
                          ": all times are moved along and published again, waits go on as they were");
}

void BridgeLog::clock_was_set(Millis by, std::string_view broker) {
  log(Level::warning, "the system clock was set " + words_of(by) +
                          " while this bridge was away, says the plugin at broker \"" + std::string(broker) +
                          "\": all stored times are moved along, waits go on as they were");
}

void BridgeLog::times_in_the_future(std::size_t devices) {
  log(Level::error, "times of " + std::to_string(devices) + (devices == 1 ? " device" : " devices") +
                        " lie in the future, and neither a broker nor this bridge has run on since then to "
                        "tell how wrong the system clock was: they count as now");
}

void BridgeLog::store_failed(const std::string& error, bool is_ready) {
  log(Level::error,
      error + (is_ready ? "; statuses go on, and what is to be stored waits"
                        : "; the system clock was set back, so that the bridge can't begin before the store "
                          "has taken which seq it begins with"));
}

void BridgeLog::store_recovered() { log(Level::info, "the store takes what waits again"); }

void BridgeLog::move_times(Millis by) {
  move_along(conflicts_logged_at_, by);
  move_along(conflicts_logged_through_, by);
}

}  // namespace rollcall
