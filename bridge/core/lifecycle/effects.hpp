// SPDX-License-Identifier: Apache-2.0
// What comes out of the engine: values, in the order in which they are to be applied. Their texts are the
// engine's, and valid until its next call that isn't const.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "bridge/core/lifecycle/events.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

/// The retained status of one device: at most one for each device and call of the engine.
struct StatusChanged {
  std::string_view encoded_device;  ///< the topic level, see encode_device()
  Status status;
};

/// One row of a device's timeline.
struct RowAdded {
  std::string_view encoded_device, template_name;
  TimelineRow row;
  bool on_timeline = true;  ///< false: the status `row.to` has `"timeline": false`; not to be published
};

/// An outage of a broker is over: all devices that it cut are back, or its grace is (rule 14).
struct IncidentEnded {
  IncidentNotice notice;
};

/// The engine doesn't know this connection any more: its broker is away, and its device is forgotten. If it
/// lives after all, it must be handed in as opened again.
struct ConnectionDropped {
  ConnectionId connection;
};

/// Of this device nothing is known any more (rule 10): its retained status is to be cleared, and what is
/// stored of it, but the timeline, removed. Comes before the effects of a device that has its id anew.
struct DeviceForgotten {
  std::string_view device, encoded_device;
  std::uint64_t seq = 0;  ///< of the clearing
  Time at{};              ///< when that was, or was due
};

/// What a device declared was wrong (rule 9), and has changed nothing.
struct DeclarationRefused {
  std::string_view encoded_device;
  DeclarationError error;
};

/// A device was heard of, or lost: what is kept of that beside its status and timeline. Not of what an outage
/// hid (rule 14).
struct Contact {
  enum class Kind : std::uint8_t {
    connect,
    disconnect,      ///< its last connection ended, for whatever cause
    own_disconnect,  ///< that was no outage's doing (rule 14), nor an ignored blip (rule 16): told once it
                     ///< is certain, with the time of the disconnect
    report
  };
  std::string_view device;
  Kind kind = Kind::connect;
  Time at;
  bool is_first = false;  ///< of a device that was never seen before
  /// Of a report without a connection: the client id of who published it; empty: not known.
  std::string_view reporter{};
};

using Effect = std::variant<StatusChanged, RowAdded, IncidentEnded, ConnectionDropped, DeviceForgotten,
                            DeclarationRefused, Contact>;
using Effects = std::vector<Effect>;

}  // namespace rollcall
