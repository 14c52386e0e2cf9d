// SPDX-License-Identifier: Apache-2.0
// Messages through a broker at QoS 0, as fast as they go: some clients publish, one subscribes to all of it,
// and only so many are under way at once that the broker never drops one. One process, one clock.
//
//   message_load PORT PUBLISHERS MESSAGES WINDOW
//
// Prints one line of JSON: {"messages":…,"seconds":…}, from the first message sent to the last one received,
// after a tenth of the messages to warm up.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "tests/bench/load/mqtt_socket.hpp"

namespace rollcall::bench {
namespace {

class MessageLoad {
 public:
  MessageLoad(std::uint16_t port, std::size_t publishers, std::size_t window)
      : subscriber_(port, "test-subscriber"), window_(window) {
    subscriber_.subscribe("data/#");
    for (std::size_t i = 0; i < publishers; ++i) {
      const auto name = "device-" + std::to_string(i);
      publishers_.emplace_back(port, name);
      packets_.push_back(publish_packet("data/" + name, std::string(kPayloadBytes, 'x')));
    }
  }

  /// How long `count` messages take.
  std::chrono::duration<double> run(std::size_t count) {
    const auto began = std::chrono::steady_clock::now();
    std::size_t sent = 0;
    for (std::size_t received = 0; received < count; received += subscriber_.receive_messages()) {
      for (; sent < count && sent - received < window_; ++sent) {
        next_ = (next_ + 1) % publishers_.size();
        publishers_[next_].send(packets_[next_]);
      }
    }
    return std::chrono::steady_clock::now() - began;
  }

 private:
  static constexpr std::size_t kPayloadBytes = 64;

  MqttSocket subscriber_;
  std::vector<MqttSocket> publishers_;
  std::vector<std::string> packets_;
  const std::size_t window_;
  std::size_t next_ = 0;
};

int measure(const std::vector<std::string>& arguments) {
  const auto number = [&](std::size_t index) { return std::stoul(arguments.at(index)); };
  const auto messages = number(2);
  MessageLoad load(static_cast<std::uint16_t>(number(0)), number(1), number(3));
  load.run(messages / 10);
  const auto took = load.run(messages);
  std::printf("{\"messages\":%zu,\"seconds\":%.6f}\n", static_cast<std::size_t>(messages), took.count());
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace rollcall::bench

int main(int count, char** arguments) {
  try {
    return rollcall::bench::measure({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "message_load: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
