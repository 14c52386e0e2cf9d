// SPDX-License-Identifier: Apache-2.0
// What is kept of devices and brokers across the bridge's death, as plain values. Names stand where the
// running bridge has indices, so that a record outlives a changed configuration. Times are the bridge's
// clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/cause.hpp"
#include "base/time.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

/// A connection that lives, as far as the bridge knows; of a boot that is over: one whose device has not come
/// back yet.
struct ConnectionRecord {
  std::string broker;  ///< its name in the configuration
  std::uint64_t boot = 0, number = 0;
  std::string client_id, username, address;
  Seconds keepalive{0};
  std::optional<Time> lost_at;  ///< its broker was lost then and is back, but the device isn't yet (rule 14)
  std::optional<Time> grace_ends{};  ///< until when it may come back; nothing: OutageRecord has it
  Time last_packet = Time::min();    ///< that is known; Time::min(): not known
  std::uint8_t protocol = 0;         ///< 3 (MQTT 3.1), 4 (3.1.1), 5; 0: not known
  Time since = Time::min();          ///< when it began; Time::min(): not known
  bool operator==(const ConnectionRecord&) const = default;
};

/// How the last connection of a device ended; no cause: it was a report without a connection.
struct EndRecord {
  std::optional<Cause> cause;
  bool graceful = true;
  Time at;                                           ///< when it happened; Time::min(): never yet
  Millis silence{0};                                 ///< what the broker had waited by then (rule 3)
  std::string broker, client_id, username, address;  ///< broker empty: none
  bool operator==(const EndRecord&) const = default;
};

/// What a wait waits for.
enum class WaitKind : std::uint8_t {
  first,  ///< begun by the disconnect, for the status that it leads to (rules 2, 3 and 8)
  next,   ///< begun by a status, for the one after it (rule 4)
  late,   ///< a connected device's next report (rule 7)
  forget  ///< in the last status: the device is forgotten then (rule 10)
};

/// A wait that is running. From what it began with, its end can be worked out again.
struct WaitRecord {
  std::string status;  ///< where it leads to; empty: the device is forgotten then
  Time due, began;
  Time not_before;  ///< the end of an outage's grace (rule 14); Time::min(): none
  WaitKind kind = WaitKind::first;
  bool by_operator = false;  ///< the chain goes on from a status that an operator had set
  bool operator==(const WaitRecord&) const = default;
};

/// A declaration that isn't used up (rule 9).
struct DeclarationRecord {
  std::string status;
  std::optional<Millis> wait;
  std::string broker;  ///< by which connection, and when
  std::uint64_t boot = 0, number = 0;
  Time at;
  bool operator==(const DeclarationRecord&) const = default;
};

/// A status that an operator has set (rule 9).
struct OperatorRecord {
  std::string status, previous;  ///< previous empty: none
  Time since;
  std::optional<Time> until;
  bool hold = false;
  bool operator==(const OperatorRecord&) const = default;
};

/// A client id of a device that is fought over (rule 13).
struct ConflictRecord {
  std::string broker, client_id;
  Time began, last;  ///< the first takeover and the last
  std::uint64_t takeovers = 0;
  std::vector<std::string> addresses;  ///< of the latest rivals, different ones; the latest newcomer last
  bool operator==(const ConflictRecord&) const = default;
};

struct DeviceRecord {
  std::string device;
  bool is_forgotten =
      false;  ///< only `device` and `seq` count: its retained status is to be cleared everywhere
  std::string template_name, status, previous;  ///< the device's own; previous empty: none
  Time since, latest;
  Time last_seen, published_last_seen;  ///< Time::min(): never seen
  std::uint64_t seq = 0;                ///< of its last payload
  std::vector<ConnectionRecord> connections;
  /// Of brokers that are away, and of no account beside others; but they may live (rule 14).
  std::vector<ConnectionRecord> detached;
  EndRecord last_end;
  std::optional<WaitRecord> wait;
  Time heard;  ///< the last connect or report (rule 7); Time::min(): none yet
  std::optional<DeclarationRecord> declaration;
  std::optional<OperatorRecord> set;
  std::vector<Time> changes;  ///< the latest connects and disconnects, where rule 15 counts them
  bool is_flapping = false;
  std::vector<ConflictRecord> conflicts;  ///< while they last
  /// Notifications about it are held back until then, which may be over by now; Time::max(): until it is
  /// unmuted; empty: it wasn't muted.
  std::optional<Time> muted_until;

  /// An operator has registered it, and it hasn't been heard of yet.
  bool is_only_registered() const { return connections.empty() && last_end.at == Time::min(); }
  bool operator==(const DeviceRecord&) const = default;
};

/// A row of the timeline (topics/payloads.hpp, TimelineRow, has the meanings).
struct TimelineEntry {
  std::uint64_t seq = 0;  ///< never twice
  std::string device;
  Time at;
  std::string from, to, kind, cause;  ///< from empty: null
  std::optional<bool> graceful;
  std::string broker, client_id, address;  ///< empty: null
  /// Not on the timeline that people see, but needed to tell how long a device was in which status: it
  /// entered one with
  /// `"timeline": false`, or (kind "forgotten", `to` empty) was forgotten.
  bool is_hidden = false;
  bool operator==(const TimelineEntry&) const = default;
};

/// Returns the same row as one that owns its texts, and the other way round.
TimelineEntry entry_of(const TimelineRow& row);
TimelineRow row_of(const TimelineEntry& entry);

/// How many devices were in which status at a moment.
struct FleetSample {
  Time at;
  std::map<std::string, std::map<std::string, std::uint64_t>> templates;  ///< template → status → devices
  bool operator==(const FleetSample&) const = default;
};

/// Of an outage in which the broker only stood still.
struct StallRecord {
  Time began;
  Time losses_until;  ///< what it finds lost up to then was lost by it
  bool operator==(const StallRecord&) const = default;
};

/// An outage of a broker whose grace isn't over (rule 14).
struct OutageRecord {
  Time began, back_at, grace_ends;
  std::uint64_t affected = 0;  ///< devices that were connected when it began
  std::uint64_t back = 0;      ///< of these
  std::optional<StallRecord> stall{};
  bool operator==(const OutageRecord&) const = default;
};

/// How far the bridge has come with one broker.
struct BrokerRecord {
  std::string name;
  std::uint64_t boot = 0;           ///< 0: never heard of
  std::uint64_t known_through = 0;  ///< connections up to this number have been told
  Millis known_stall{0};        ///< the latest one that has been told, by when it ended on the plugin's clock
  Time last_contact;            ///< all that happened there until then has been told
  std::optional<Time> lost_at;  ///< the link broke then, and nothing has been heard since
  /// How far the wall clock was ahead of the plugin's clock of this boot at the last contact.
  std::optional<Millis> clock_offset;
  std::uint64_t acked_seq = 0;  ///< payloads and rows up to this one have arrived there
  std::optional<OutageRecord> outage;
  bool operator==(const BrokerRecord&) const = default;
};

}  // namespace rollcall
