// SPDX-License-Identifier: Apache-2.0
// The bytes of a CommandMessage, which stream and requests have in common.
#pragma once

#include "topics/protocol/command.hpp"
#include "topics/protocol/wire.hpp"

namespace rollcall {

inline void write_command(WireWriter& out, const CommandMessage& message) {
  out.short_string(message.topic);
  out.number(message.qos);
  out.number(message.expires_after);
  out.long_string(message.properties);
  out.long_string(message.payload);
}

/// False: its QoS is none.
inline bool read_command(WireReader& in, CommandMessage& message) {
  message.topic = in.short_string();
  message.qos = in.number<std::uint8_t>();
  message.expires_after = in.number<std::uint32_t>();
  message.properties = in.long_string();
  message.payload = in.long_string();
  return message.qos <= 2;
}

}  // namespace rollcall
