// SPDX-License-Identifier: Apache-2.0
// A client of a load generator: MQTT 3.1.1 at QoS 0 on a bare socket, so that as little as possible of what
// is measured is the generator's own. Blocks where nothing else is said; one thread owns it. Whatever goes
// wrong throws std::system_error or std::runtime_error: a benchmark has nothing to go on with.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/load/mqtt_packets.hpp"

namespace rollcall::bench {

/// A TCP connection to 127.0.0.1:`port`, without Nagle's algorithm; the caller closes it. `source` is the
/// last 24 bits of an own address in 127.0.0.0/8, each of which has 28,000 ports; 0: the usual one.
int open_connection(std::uint16_t port, std::uint32_t source = 0);

/// All of `bytes`.
void send_all(int socket, std::string_view bytes);

class MqttSocket {
 public:
  using Take = std::function<void(const Message&)>;

  /// Connects to 127.0.0.1:`port` without a keepalive, and waits for CONNACK.
  MqttSocket(std::uint16_t port, std::string_view client_id);
  ~MqttSocket();
  MqttSocket(MqttSocket&& other) noexcept;
  MqttSocket& operator=(MqttSocket&&) = delete;

  /// For epoll.
  int descriptor() const { return socket_; }

  /// Waits for SUBACK. Messages that come before it are dropped.
  void subscribe(const std::string& topic_filter);

  /// Subscribes to all of `topic_filters` and gives `take` what is retained there.
  void read_retained(std::span<const std::string> topic_filters, const Take& take);

  void send(std::string_view bytes) { send_all(socket_, bytes); }

  /// Gives `take` what has come, and doesn't wait. A message is valid while `take` runs.
  void take_messages(const Take& take);

 private:
  /// Whether anything came; without `may_wait` it may be that nothing did.
  bool fill(bool may_wait);
  /// The next packet that is complete; `bytes` is 0 if none is. Its view is valid until the next fill().
  Packet next_packet();
  void wait_for(PacketType type, const Take& take);

  int socket_ = -1;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what has come and isn't taken
};

}  // namespace rollcall::bench
