// SPDX-License-Identifier: Apache-2.0
// Messages through a broker at QoS 0, as fast as they go: some clients publish, one subscribes to all of it,
// and only so many are under way at once that the broker never drops one. One process, one clock.
//
//   message_load PUBLISHERS MESSAGES WINDOW SLICES PORT PROCESS [PORT PROCESS…]
//
// Several brokers take turns, MESSAGES at a time, SLICES times each: what else goes on in the machine changes
// within a second, and so disturbs all of them alike. PROCESS is the broker's process id. Prints JSON, for
// each broker an array of its slices, each an array of the seconds it took from the first message sent to the
// last one received, and of the broker's CPU seconds meanwhile.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/load/cpu_time.hpp"
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
    std::size_t sent = 0, received = 0;
    const auto take = [&](const Message&) { ++received; };
    // It never sleeps: to wake it would cost the broker more than a message, the more so the faster it is.
    for (; received < count; subscriber_.take_messages(take)) {
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

struct Slice {
  double seconds, cpu_seconds;
};

struct Contender {
  MessageLoad load;
  pid_t process;
  std::vector<Slice> slices{};

  void take_turn(std::size_t messages) {
    const double before = cpu_seconds(process);
    const auto took = load.run(messages);
    slices.push_back({took.count(), cpu_seconds(process) - before});
  }
};

void print(const std::vector<Contender>& contenders) {
  const char* separator = "[";
  for (const auto& contender : contenders) {
    std::printf("%s", std::exchange(separator, ","));
    const char* between = "[";
    for (const auto& [seconds, cpu] : contender.slices) {
      std::printf("%s[%.9f,%.9f]", std::exchange(between, ","), seconds, cpu);
    }
    std::printf("]");
  }
  std::printf("]\n");
}

int measure(const std::vector<std::string>& arguments) {
  const auto number = [&](std::size_t index) { return std::stoul(arguments.at(index)); };
  const auto messages = number(1);
  std::vector<Contender> contenders;
  for (std::size_t at = 4; at < arguments.size(); at += 2) {
    contenders.push_back(
        {{static_cast<std::uint16_t>(number(at)), number(0), number(2)}, static_cast<pid_t>(number(at + 1))});
  }
  // Not counted: meanwhile the connects are forgotten.
  for (auto& contender : contenders) contender.load.run(5 * messages);
  for (std::size_t slice = 0; slice < number(3); ++slice) {
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      contenders[(slice + i) % contenders.size()].take_turn(messages);
    }
  }
  print(contenders);
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
