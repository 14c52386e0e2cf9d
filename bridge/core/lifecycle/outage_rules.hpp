// SPDX-License-Identifier: Apache-2.0
// Rule 14: when a broker goes away or stands still, its devices aren't to blame. Stalls are in
// outage_rules_stalls.cpp, connections at brokers that are away in outage_rules_detached.cpp. Internal to the
// engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bridge/core/lifecycle/chain.hpp"

namespace rollcall {

class OutageRules {
 public:
  /// All must outlive this.
  OutageRules(EngineData& data, Transitions& transitions, Waits& waits, FlapCounter& flapping, Chain& chain)
      : data_(data), transitions_(transitions), waits_(waits), flapping_(flapping), chain_(chain) {}

  void apply(const BrokerAway& event);
  void apply(const BrokerFound& event);
  void apply(const BrokerListed& event);
  void apply(const BrokerReturned& event);
  void apply(const BrokerStoodStill& event);

  /// What is due at `at`, at the first broker where something is: who isn't back counts as gone since it was
  /// lost.
  void step(Time at);

  /// A connection has come to what was connected: where that was cut, nothing has happened to the device.
  void came_back(std::size_t index, Time at);
  /// True if this end of a device's only connection is the doing of a broker that stood still.
  bool goes_missing(std::size_t index, const ConnectionEnded& event);

  /// A device that is connected at a broker that is here, at this time, has gone over to it. But not if the
  /// other one's connection is known to have lived later than that: these are old news, which came late.
  void detach_from_away_brokers(std::size_t index, Time at);
  /// Empty if it isn't detached.
  std::optional<Connection> take_detached(const ConnectionId& id);
  /// Of a detached one that did something at this time: true if its device had no other one by then. It is
  /// reattached then, and until then nobody else's end was the device's.
  bool outlived_others(const ConnectionId& id, Time at);

 private:
  void freeze(std::uint32_t broker, Time lost_at, Time back_at);
  void excuse_late_reports(std::uint32_t broker, Time from, Time until);
  void cut(const BrokerReturned& event, Outage& outage);
  std::vector<ConnectionId> cut_connections(const Device& device, std::uint32_t broker) const;
  void drop(Device& device, const std::vector<ConnectionId>& ids);
  void give_up(std::uint32_t broker, std::size_t index, const Outage::Missing& missing);
  void emit_incident(std::uint32_t broker, Time at);
  void detach(std::size_t index, const ConnectionId& id);
  void reattach(Connection connection, Time at);

  EngineData& data_;
  Transitions& transitions_;
  Waits& waits_;
  FlapCounter& flapping_;
  Chain& chain_;
};

}  // namespace rollcall
