// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load/mqtt_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rollcall::bench {
namespace {

constexpr std::size_t kBufferBytes = 256UL * 1024;
constexpr std::uint8_t kConnack = 2, kPublish = 3, kSuback = 9;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::string field(std::string_view text) {
  std::string bytes{static_cast<char>(text.size() >> 8U), static_cast<char>(text.size() & 0xFFU)};
  return bytes += text;
}

std::string packet(std::uint8_t first_byte, std::string_view body) {
  std::string bytes(1, static_cast<char>(first_byte));
  auto left = body.size();
  do {
    const auto digit = left % 128;
    left /= 128;
    bytes += static_cast<char>(left > 0 ? digit | 0x80U : digit);
  } while (left > 0);
  return bytes += body;
}

}  // namespace

MqttSocket::MqttSocket(std::uint16_t port, std::string_view client_id)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), buffer_(kBufferBytes) {
  if (socket_ < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  if (::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) fail("TCP_NODELAY");
  using namespace std::string_literals;
  // protocol level 4, clean session, keepalive 0
  send(packet(0x10, field("MQTT") + "\x04\x02\x00\x00"s + field(client_id)));
  wait_for(kConnack);
}

MqttSocket::~MqttSocket() {
  if (socket_ >= 0) ::close(socket_);
}

MqttSocket::MqttSocket(MqttSocket&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      end_(other.end_) {}

void MqttSocket::subscribe(std::string_view topic_filter) {
  send(packet(0x82, std::string{'\0', '\x01'} + field(topic_filter) + '\0'));
  wait_for(kSuback);
}

std::string MqttSocket::publish_packet(std::string_view topic, std::string_view payload) {
  return packet(0x30, field(topic) += payload);
}

void MqttSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) fail("send");
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t MqttSocket::receive_messages() {
  fill();
  std::size_t messages = 0;
  for (auto next = first_packet(); next.bytes > 0; next = first_packet()) {
    begin_ += next.bytes;
    if (next.type == kPublish) ++messages;
  }
  return messages;
}

void MqttSocket::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  for (;;) {
    const auto came = ::recv(socket_, buffer_.data() + end_, buffer_.size() - end_, 0);
    if (came < 0 && errno == EINTR) continue;
    if (came < 0) fail("recv");
    if (came == 0) throw std::runtime_error("the broker closed a connection");
    end_ += static_cast<std::size_t>(came);
    return;
  }
}

MqttSocket::Packet MqttSocket::first_packet() const {
  constexpr std::size_t kMostLengthBytes = 4;
  std::size_t length = 0;
  const auto header_end = std::min(end_, begin_ + 1 + kMostLengthBytes);
  for (std::size_t at = begin_ + 1; at < header_end; ++at) {
    const auto digit = static_cast<std::uint8_t>(buffer_[at]);
    length |= static_cast<std::size_t>(digit & 0x7FU) << (7 * (at - begin_ - 1));
    if ((digit & 0x80U) != 0) continue;
    const auto bytes = at + 1 - begin_ + length;
    if (begin_ + bytes > end_) break;
    return {static_cast<std::uint8_t>(static_cast<std::uint8_t>(buffer_[begin_]) >> 4U), bytes};
  }
  return {};
}

void MqttSocket::wait_for(std::uint8_t type) {
  for (;;) {
    for (auto next = first_packet(); next.bytes > 0; next = first_packet()) {
      begin_ += next.bytes;
      if (next.type == type) return;
    }
    fill();
  }
}

}  // namespace rollcall::bench
