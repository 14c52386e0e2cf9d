// SPDX-License-Identifier: Apache-2.0
// The ways of telling who is there that are compared, and what each says of a device on `ds/status/{device}`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::bench {

enum class Presence : std::uint8_t {
  kNone,      // nobody tells anything
  kLastWill,  // each device publishes a retained "online" when it is let in, and its will is a retained
              // "offline"
  kRollcall,  // plugin and bridge
};

/// "bare", "will" or "rollcall".
std::optional<Presence> presence_of(std::string_view name);

inline constexpr std::string_view kStatusTopic = "ds/status/", kBirth = "online", kGone = "offline";

/// Devices are numbers here; this is what they are called. All names are equally long.
std::string device_name(std::size_t device);
std::string status_topic(std::size_t device);
/// std::nullopt: the topic is not that of a status_topic().
std::optional<std::size_t> device_of(std::string_view topic);

/// What a payload says, as far as it is compared.
struct Status {
  bool is_online = false, is_offline = false;  // and connected, or not; neither: anything else
  std::uint64_t number = 0;                    // grows with each payload of a device; 0: payloads have none
};

Status status_of(Presence presence, std::size_t device, std::string_view payload);

}  // namespace rollcall::bench
