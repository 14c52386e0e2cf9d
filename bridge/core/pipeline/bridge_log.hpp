// SPDX-License-Identifier: Apache-2.0
// What the bridge says in its log: lines that a person acts on, each where it is news.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/config/config.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/pipeline/bridge_ports.hpp"
#include "bridge/core/pipeline/newcomers.hpp"
#include "bridge/core/session/broker_session.hpp"

namespace rollcall {

/// A function for each kind of line, which is why there are many. Not thread safe.
class BridgeLog {
 public:
  /// `config` (the one in force, also after a reload) and `ports` must outlive it.
  BridgeLog(const Config& config, BridgePorts& ports);

  // A broker and its plugin.
  void plugin_state(std::uint32_t broker, PluginState state, std::string_view detail);
  void cause_log(std::uint32_t broker, CauseLog log);
  void requests_too_large(std::uint32_t broker);
  void left_out(std::uint32_t broker, const LeftOut& what);
  void lost_events(std::uint32_t broker);
  void rules_too_large(std::uint32_t broker, std::size_t bytes, std::size_t most);
  /// Once for each broker: templates want activity, and the plugin there doesn't tell it.
  void activity_off(std::uint32_t broker);
  /// Two entries of the configuration lead to one broker: `served` is.
  void same_broker(std::uint32_t served, std::uint32_t given_up);
  /// What a scan of the retained statuses there led to.
  void stale_statuses(std::uint32_t broker, std::size_t cleared, std::size_t corrected);

  // Devices.
  /// Once: a client has a device id that is too long to be one.
  void no_device_id(std::string_view address, std::size_t bytes);
  /// Devices that no rule knows any more; 0: no line.
  void forgotten(std::size_t count);
  /// Clients that are no devices yet.
  void newcomers(const Newcomers::News& news);
  /// One line for all client ids that are fought over, and no more than one a minute.
  void conflicts(const std::optional<ConflictSummary>& conflicts, Time now);
  /// When conflicts() has something to say; empty: all takeovers that there were are in the log.
  std::optional<Time> conflicts_due(const std::optional<ConflictSummary>& conflicts) const;

  // Clock and store.
  void clock_stepped(Millis by);
  /// The clock was set while the bridge was away, by what the plugin at this broker says.
  void clock_was_set(Millis by, std::string_view broker);
  void times_in_the_future(std::size_t devices);
  void store_failed(const std::string& error, bool is_ready);
  void store_recovered();

  /// Times that it keeps move along with the wall clock.
  void move_times(Millis by);

 private:
  void log(BridgePorts::Level level, const std::string& line) { ports_.log(level, line); }
  /// `broker "NAME": what`.
  void at_broker(BridgePorts::Level level, std::uint32_t broker, std::string_view what);
  const std::string& name_of(std::uint32_t broker) const { return config_.brokers[broker].name; }

  const Config& config_;
  BridgePorts& ports_;
  bool is_no_device_id_logged_ = false;
  std::vector<bool> is_activity_off_logged_;                 // by broker
  Time conflicts_logged_at_{}, conflicts_logged_through_{};  // when, and up to which takeover
};

}  // namespace rollcall
