// SPDX-License-Identifier: Apache-2.0
// As much of MQTT 3.1.1 as load at QoS 0 needs, as bytes: packets to send, and what comes taken apart.
// Nothing here owns a socket. Client ids, topics and filters have 65,535 bytes at most; nobody checks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rollcall::bench {

/// Retained, at QoS 0.
struct Will {
  std::string_view topic, payload;
};

enum class Retain : bool { kNo, kYes };

/// A clean session without a keepalive, and so without pings. Without `will` there is none.
std::string connect_packet(std::string_view client_id, const Will* will = nullptr);

std::string publish_packet(std::string_view topic, std::string_view payload, Retain retain = Retain::kNo);

std::string subscribe_packet(std::span<const std::string> topic_filters);

inline constexpr std::string_view kPing{"\xc0\x00", 2};
inline constexpr std::string_view kDisconnect{"\xe0\x00", 2};
/// The CONNACK that lets somebody in who has a clean session.
inline constexpr std::string_view kWelcome{"\x20\x02\x00\x00", 4};

enum class PacketType : std::uint8_t { kConnack = 2, kPublish = 3, kSuback = 9, kPingAnswer = 13 };

/// A view into what has come.
struct Packet {
  PacketType type{};
  std::string_view body;  // without the header
  std::size_t bytes = 0;  // with the header; 0: not complete yet
};

/// The packet that `bytes` begin with.
Packet first_packet(std::string_view bytes);

/// A PUBLISH at QoS 0, as a view.
struct Message {
  std::string_view topic, payload;
};

/// Throws std::runtime_error when the packet is too short to have a topic.
Message message_of(const Packet& packet);

}  // namespace rollcall::bench
