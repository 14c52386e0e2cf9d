// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load/mqtt_packets.hpp"

#include <algorithm>
#include <stdexcept>

namespace rollcall::bench {
namespace {

std::string field(std::string_view text) {
  std::string bytes{static_cast<char>(text.size() >> 8U), static_cast<char>(text.size() & 0xFFU)};
  return bytes += text;
}

std::string packet(unsigned first_byte, std::string_view body) {
  std::string bytes(1, static_cast<char>(first_byte));
  auto left = body.size();
  do {
    const auto digit = left % 128;
    left /= 128;
    bytes += static_cast<char>(left > 0 ? digit | 0x80U : digit);
  } while (left > 0);
  return bytes += body;
}

std::size_t byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes[index]);
}

}  // namespace

std::string connect_packet(std::string_view client_id, const Will* will) {
  constexpr unsigned kCleanSession = 0x02, kRetainedWill = 0x24;
  using namespace std::string_literals;
  auto body = field("MQTT") + '\x04';
  body += static_cast<char>(kCleanSession | (will != nullptr ? kRetainedWill : 0));
  body += "\x00\x00"s + field(client_id);
  if (will != nullptr) body += field(will->topic) + field(will->payload);
  return packet(0x10, body);
}

std::string publish_packet(std::string_view topic, std::string_view payload, Retain retain) {
  return packet(retain == Retain::kYes ? 0x31 : 0x30, field(topic) += payload);
}

std::string subscribe_packet(std::span<const std::string> topic_filters) {
  std::string body{'\0', '\x01'};
  for (const auto& filter : topic_filters) body += field(filter) + '\0';
  return packet(0x82, body);
}

Packet first_packet(std::string_view bytes) {
  constexpr std::size_t kMostLengthBytes = 4;
  std::size_t length = 0;
  const auto header_end = std::min(bytes.size(), 1 + kMostLengthBytes);
  for (std::size_t at = 1; at < header_end; ++at) {
    const auto digit = byte_at(bytes, at);
    length |= (digit & 0x7FU) << (7 * (at - 1));
    if ((digit & 0x80U) != 0) continue;
    const auto body = bytes.substr(at + 1);
    if (body.size() < length) break;
    return {static_cast<PacketType>(byte_at(bytes, 0) >> 4U), body.substr(0, length), at + 1 + length};
  }
  return {};
}

Message message_of(const Packet& packet) {
  const auto body = packet.body;
  const auto topic_bytes = body.size() < 2 ? body.size() : byte_at(body, 0) << 8U | byte_at(body, 1);
  if (body.size() < 2 + topic_bytes) throw std::runtime_error("a PUBLISH without its topic");
  return {body.substr(2, topic_bytes), body.substr(2 + topic_bytes)};
}

}  // namespace rollcall::bench
