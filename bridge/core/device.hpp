// SPDX-License-Identifier: Apache-2.0
// What the engine keeps of one device. Internal to the engine and its projection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/config.hpp"
#include "bridge/core/events.hpp"
#include "topics/cause.hpp"
#include "topics/time.hpp"

namespace rollcall {

/// How the device was last heard of, once it isn't connected any more.
struct LastEnd {
  std::optional<Cause> cause;  ///< nothing: it was a report without a connection (rule 6)
  bool graceful = true;
  Time at{};                            ///< when; for a wait that an outage froze, later by as much
  Millis silence{0};                    ///< what the broker had waited by then (rule 3)
  std::optional<std::uint32_t> broker;  ///< this and the next: empty for a report
  std::string client_id, username, address;
};

/// The status that comes next unless the device is heard of.
struct Wait {
  std::size_t status;
  Time due;
  Time began;  ///< the disconnect, or when the status before was entered; frozen time added
  Time not_before = Time::min();  ///< the end of an outage's grace (rule 14)
  bool is_first = false;          ///< begun by the disconnect
};

struct Device {
  std::string_view id;  ///< the key in the engine's map of ids
  const TemplateDefinition* definition = nullptr;
  std::size_t status = 0;     ///< index into definition->statuses; 0 as long as a connection lives
  std::string_view previous;  ///< key of the status before; empty: none. May be one of another template.
  Time since;                 ///< when `status` was entered, or was due
  Time last_seen;             ///< the last packet known
  Time published_last_seen;   ///< as in the last payload: the only field that moves without one
  Time latest;                ///< the device's own history never goes back behind this (rule 11)
  std::optional<Wait> wait;   ///< nothing while connected, and in the last status
  std::uint64_t held_back =
      0;  ///< the order among the waits that a broker's limit holds back, while it is one
  std::vector<ConnectionId> live;     ///< its connections that live
  std::optional<ConnectionId> ended;  ///< the connection that ended last: never opened again
  LastEnd last_end;                   ///< meaningless while connected
  std::uint64_t seq = 0;              ///< of the last payload
  bool touched = false;               ///< by the call that is running: its payload has to go out
  bool is_changed = false;            ///< since it was last taken to be stored

  bool is_connected() const { return !live.empty(); }
  const StatusDefinition& status_definition() const { return definition->statuses[status]; }
};

}  // namespace rollcall
