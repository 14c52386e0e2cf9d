// SPDX-License-Identifier: Apache-2.0
// What Paho's threads tell of a connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include <mqtt/message.h>

namespace rollcall {

/// What the broker said when it let us in.
struct Agreed {
  std::size_t max_packet_bytes = 0;               ///< 0: it didn't say
  std::optional<std::chrono::seconds> keepalive;  ///< nothing: the one asked for
};

/// The attempt has failed.
struct Refused {
  int code = 0;  ///< from kFirstFailure on (reasons.hpp) the broker's own word
};

/// The broker has ended it with a DISCONNECT packet.
struct Ended {
  int reason = 0;
};

/// It broke.
struct Lost {};

using News = std::variant<mqtt::const_message_ptr, Agreed, Refused, Ended, Lost>;

}  // namespace rollcall
