// SPDX-License-Identifier: Apache-2.0
// A message that was published for a device and is kept for it, as plugin and bridge hand it to each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rollcall {

/// Of the topic, the payload and the properties together: what has more isn't kept.
inline constexpr std::size_t kMaxCommandBytes = 64UL * 1024;

/// Which one it is: the plugin that took it, and its number there.
struct CommandId {
  std::uint64_t boot = 0, number = 0;
  auto operator<=>(const CommandId&) const = default;
};

struct CommandMessage {
  std::string_view topic, payload;
  std::uint8_t qos = 0;
  std::uint32_t expires_after = 0;  ///< seconds, as MQTT 5 has it; 0: it doesn't expire
  /// Those of MQTT 5 that are kept (docs/protocol.md has the bytes). The bridge hands them back as they are.
  std::string_view properties;
  bool operator==(const CommandMessage&) const = default;
  std::size_t bytes() const { return topic.size() + payload.size() + properties.size(); }
};

}  // namespace rollcall
