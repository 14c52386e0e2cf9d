// SPDX-License-Identifier: Apache-2.0
// What the bridge knows of a broker's history: how far it has been told. It outlives the bridge by
// BrokerRecord.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "bridge/core/lifecycle/records.hpp"

namespace rollcall {

/// Plain state. Numbers are of this boot.
struct KnownBroker {
  std::uint64_t boot = 0;  ///< 0: not known
  /// Connections that were told as opened and not as ended, with their client ids.
  std::map<std::uint64_t, std::string> live;
  std::uint64_t through = 0;    ///< all connections up to this one are live or have been told as ended
  std::uint64_t reports = 0;    ///< all reports up to this one have been told
  Millis stall{0};              ///< the latest stall that was told, by its end on the plugin's clock
  bool is_new_boot = false;     ///< there was no snapshot of it yet
  Time last_contact{};          ///< when `live` was last known to be right
  std::optional<Time> lost_at;  ///< since the link broke: when the broker was lost, if it was
  Time reports_told_until = Time::min();  ///< by the bridge before this one, about
  bool are_times_stored = true;           ///< and not corrected yet

  /// Goes on from what was stored.
  void restore(const BrokerRecord& record, std::map<std::uint64_t, std::string> live_connections);
  void store(BrokerRecord& record) const;
  /// Another boot, which began at `started`: nothing of it is known yet.
  void begin_boot(std::uint64_t new_boot, Time started);

  /// The wall clock was set by `by`.
  void move_times(Millis by);
  /// What was restored was stored by a clock that was behind the one of now by `by`; it says `now`.
  void correct_stored_times(Millis by, Time now);
};

}  // namespace rollcall
