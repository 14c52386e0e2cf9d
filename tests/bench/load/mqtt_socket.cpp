// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load/mqtt_socket.hpp"

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

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void switch_on(int socket, int level, int option, const char* name) {
  const int on = 1;
  if (::setsockopt(socket, level, option, &on, sizeof on) != 0) fail(name);
}

sockaddr_in loopback(std::uint32_t host, std::uint16_t port) {
  constexpr std::uint32_t kNetwork = 127U << 24U;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(kNetwork | host);
  return address;
}

void open(int socket, std::uint16_t port, std::uint32_t source) {
  if (source != 0) {
    // Else the port is chosen before it is known where to, and one that is left waiting counts as taken.
    switch_on(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, "IP_BIND_ADDRESS_NO_PORT");
    const auto own = loopback(source, 0);
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) fail("bind");
  }
  const auto broker = loopback(1, port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&broker), sizeof broker) != 0) fail("connect");
  switch_on(socket, IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY");
}

}  // namespace

int open_connection(std::uint16_t port, std::uint32_t source) {
  const auto socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) fail("socket");
  try {
    open(socket, port, source);
  } catch (...) {
    ::close(socket);
    throw;
  }
  return socket;
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) fail("send");
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

MqttSocket::MqttSocket(std::uint16_t port, std::string_view client_id)
    : socket_(open_connection(port)), buffer_(kBufferBytes) {
  send(connect_packet(client_id));
  wait_for(PacketType::kConnack, [](const Message&) {});
}

MqttSocket::~MqttSocket() {
  if (socket_ >= 0) ::close(socket_);
}

MqttSocket::MqttSocket(MqttSocket&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      end_(other.end_) {}

void MqttSocket::subscribe(const std::string& topic_filter) {
  send(subscribe_packet({&topic_filter, 1}));
  wait_for(PacketType::kSuback, [](const Message&) {});
}

void MqttSocket::read_retained(std::span<const std::string> topic_filters, const Take& take) {
  // What is retained comes before or after SUBACK, but before anything that is asked for later.
  send(subscribe_packet(topic_filters) += kPing);
  wait_for(PacketType::kPingAnswer, take);
}

void MqttSocket::take_messages(const Take& take) {
  if (!fill(false)) return;
  for (auto next = next_packet(); next.bytes > 0; next = next_packet()) {
    if (next.type == PacketType::kPublish) take(message_of(next));
  }
}

bool MqttSocket::fill(bool may_wait) {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  for (;;) {
    const auto came =
        ::recv(socket_, buffer_.data() + end_, buffer_.size() - end_, may_wait ? 0 : MSG_DONTWAIT);
    if (came < 0 && errno == EINTR) continue;
    if (came < 0 && errno == EAGAIN) return false;
    if (came < 0) fail("recv");
    if (came == 0) throw std::runtime_error("the broker closed a connection");
    end_ += static_cast<std::size_t>(came);
    return true;
  }
}

Packet MqttSocket::next_packet() {
  const auto packet = first_packet({buffer_.data() + begin_, end_ - begin_});
  begin_ += packet.bytes;
  return packet;
}

void MqttSocket::wait_for(PacketType type, const Take& take) {
  for (;; fill(true)) {
    for (auto next = next_packet(); next.bytes > 0; next = next_packet()) {
      if (next.type == PacketType::kPublish) take(message_of(next));
      if (next.type == type) return;
    }
  }
}

}  // namespace rollcall::bench
