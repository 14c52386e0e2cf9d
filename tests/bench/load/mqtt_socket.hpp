// SPDX-License-Identifier: Apache-2.0
// A client of a load generator: MQTT 3.1.1 at QoS 0 on a bare socket, so that as little as possible of what
// is measured is the generator's own. Blocks; one thread owns it. Whatever goes wrong throws
// std::system_error or std::runtime_error: a benchmark has nothing to go on with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::bench {

class MqttSocket {
 public:
  /// Connects to 127.0.0.1:`port` without a keepalive, and waits for CONNACK.
  MqttSocket(std::uint16_t port, std::string_view client_id);
  ~MqttSocket();
  MqttSocket(MqttSocket&& other) noexcept;
  MqttSocket& operator=(MqttSocket&&) = delete;

  /// Waits for SUBACK.
  void subscribe(std::string_view topic_filter);

  /// The bytes of a PUBLISH, made once and sent often.
  static std::string publish_packet(std::string_view topic, std::string_view payload);
  void send(std::string_view bytes);

  /// Waits until something comes. Returns how many PUBLISH there were in it; the rest of one that isn't
  /// complete is counted with the next call.
  std::size_t receive_messages();

 private:
  struct Packet {
    std::uint8_t type = 0;
    std::size_t bytes = 0;  // with its header; 0: not complete yet
  };

  void fill();
  Packet first_packet() const;
  void wait_for(std::uint8_t type);

  int socket_ = -1;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what has come and isn't taken
};

}  // namespace rollcall::bench
