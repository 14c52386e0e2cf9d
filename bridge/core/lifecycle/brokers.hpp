// SPDX-License-Identifier: Apache-2.0
// What the engine knows of each broker. Internal to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "bridge/core/lifecycle/events.hpp"
#include "bridge/core/lifecycle/outage.hpp"
#include "bridge/core/lifecycle/watermark.hpp"

namespace rollcall {

struct BrokerState {
  Watermark connections;              ///< of who came and went
  Watermark activity;                 ///< of what those who are connected published
  std::optional<std::uint64_t> boot;  ///< since the first outage: any other is over
  std::optional<Outage> outage;       ///< until its grace is over
  bool is_away = false;               ///< its link is down
  std::uint64_t moved = 0;            ///< devices that were there then, and are elsewhere by now

  /// Returns when there is next something to do about its outage, unless that waits for the watermark; empty
  /// if there is nothing.
  std::optional<Time> next_outage_step() const;
};

/// By index into Config::brokers; only of those that the engine has heard of.
class Brokers {
 public:
  using All = std::map<std::uint32_t, BrokerState>;

  BrokerState& operator[](std::uint32_t broker) { return all_[broker]; }
  /// Returns nullptr if the engine hasn't heard of it.
  BrokerState* find(std::uint32_t broker);
  const BrokerState* find(std::uint32_t broker) const;
  All::iterator begin() { return all_.begin(); }
  All::iterator end() { return all_.end(); }
  All::const_iterator begin() const { return all_.begin(); }
  All::const_iterator end() const { return all_.end(); }

  /// True for a connection of a broker boot that has ended (rule 13).
  bool is_over(const ConnectionId& id) const;
  /// Of a device that was cut by outages and isn't back yet: when the last one began. Empty if it is here.
  std::optional<Time> missing_since(std::size_t device) const;
  /// The earliest next_outage_step(); empty if there is none.
  std::optional<Time> next_outage_step() const;

 private:
  All all_;
};

}  // namespace rollcall
