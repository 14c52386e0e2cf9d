// SPDX-License-Identifier: Apache-2.0
// What is kept of notifications across the bridge's death: how far the limits of each device are used up, and
// which incidents go on. Plain values; times are the bridge's clock, Time::min(): none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace rollcall {

/// How far the limits of one status are used up.
struct NotifyCount {
  std::string status;
  std::uint64_t events = 0;         ///< since the last one that was due by `every`
  std::uint64_t untold = 0;         ///< events that no notification stands for yet
  Time window_began = Time::min();  ///< of `period`
  bool is_window_used = false;      ///< it has let one pass
  bool operator==(const NotifyCount&) const = default;
};

/// A notification that has passed its limits and waits for its time.
struct WaitingNotice {
  enum class Kind : std::uint8_t { status, recovery, flapping };
  Kind kind = Kind::status;
  Time due;                                            ///< when it goes out
  std::string status, previous, cause, template_name;  ///< as in Notification
  Time at;                                             ///< when it happened
  Time window = Time::min();                           ///< NotifyCount::window_began then
  std::uint64_t count = 1;                             ///< of a summary: the events that it stands for
  std::string told;                                    ///< the status by which its channels go
  bool operator==(const WaitingNotice&) const = default;
};

/// Of one device. One that has nothing but defaults isn't kept.
struct NotifyRecord {
  std::string device;
  std::vector<NotifyCount> counts;
  std::int64_t day = 0;    ///< that `sent` counts; since 1970 in Config's time zone
  std::uint64_t sent = 0;  ///< notifications on it
  Time last_sent = Time::min();
  std::string told;  ///< the status of which was told, with `recovery`; empty: none
  bool is_flapping = false;
  bool has_told_flapping = false;  ///< the one that goes out while it flaps
  std::uint64_t held = 0;          ///< held back since
  std::string held_status;         ///< the last of these
  std::optional<WaitingNotice> waiting;
  std::string incident;  ///< the one that covers it; empty: none
  bool is_back = false;  ///< it is back from that one
  std::string gateway;   ///< who reported for it last, where incidents go by that; empty: nobody
  bool operator==(const NotifyRecord&) const = default;
};

/// An incident that goes on. Which devices it covers is in their records.
struct IncidentRecord {
  std::string id;
  std::string kind, what;  ///< as in Incident
  Time began;
  Time last_loss, last_return = Time::min();
  std::uint64_t devices = 0, back = 0;
  std::vector<std::string> list, channels;
  bool operator==(const IncidentRecord&) const = default;
};

/// What has changed since the batch before.
struct NotifyChanges {
  std::vector<NotifyRecord> devices;  ///< replace what is stored of each
  std::vector<std::string> removed;   ///< devices of which nothing is kept any more
  std::vector<IncidentRecord> incidents;
  std::vector<std::string> ended;  ///< ids of incidents
  bool is_empty() const { return devices.empty() && removed.empty() && incidents.empty() && ended.empty(); }
};

/// All that is stored.
struct NotifyState {
  std::vector<NotifyRecord> devices;
  std::vector<IncidentRecord> incidents;
};

}  // namespace rollcall
