// SPDX-License-Identifier: Apache-2.0
// What comes out of the engine: plain values, in the order in which they are to be carried out. Their texts
// are the engine's, and valid until its next call that isn't const.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "bridge/core/lifecycle/events.hpp"

namespace rollcall {

/// The retained status of one device, whole: at most one for each device and call of the engine.
struct PublishStatus {
  std::string_view encoded_device;  ///< the topic level, see encode_device()
  std::string_view payload;         ///< topics/payloads.hpp, Status
  std::uint64_t seq = 0;            ///< as in the payload
};

/// One row of a device's timeline (topics/payloads.hpp, TimelineRow).
struct Record {
  std::string_view device;
  std::string_view encoded_device;
  Time at;
  std::string_view from, to, kind, cause;
  std::optional<bool> graceful;
  std::optional<std::uint32_t> broker;  ///< index into Config::brokers, where a connection led to it
  std::string_view client_id, address;
  std::uint64_t seq = 0;
  bool on_timeline = true;  ///< false: the status `to` has `"timeline": false`; not to be published as a row
};

/// An outage of a broker is over: all devices that it cut are back, or its grace is (rule 14).
struct Incident {
  std::uint32_t broker = 0;
  Time at;              ///< when that was
  Time began, back_at;  ///< the broker was away in between
  std::uint64_t affected = 0,
                back = 0;  ///< devices that were connected when it began, and those of them that came back
};

/// The engine doesn't know this connection any more: its broker is away, and its device is forgotten. If it
/// lives after all it is to be told as opened again.
struct Dropped {
  ConnectionId connection;
};

/// Of this device nothing is known any more (rule 10): its retained status is to be cleared, and what is
/// stored of it, but the timeline, removed. Comes before what is published of a device that has its id anew.
struct Forgotten {
  std::string_view device;
  std::string_view encoded_device;
  std::uint64_t seq = 0;  ///< of the clearing
};

/// What a device declared was wrong (rule 9), and has changed nothing.
struct DeclarationRefused {
  std::string_view encoded_device;
  std::string_view message;  ///< what is wrong, and what would be right
  Time at;                   ///< when it was declared
};

using Effect = std::variant<PublishStatus, Record, Incident, Dropped, Forgotten, DeclarationRefused>;
using Effects = std::vector<Effect>;

}  // namespace rollcall
