// SPDX-License-Identifier: Apache-2.0
// Devices that come and go, thousands of them, each no more than a socket; and a StatusWatch that is read all
// the while, so that what is sent and what is seen have one clock. Throws as MqttSocket does.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "tests/bench/load/status_watch.hpp"

namespace rollcall::bench {

class Crowd {
 public:
  /// Devices 0 to `devices - 1`, none of them connected.
  Crowd(std::uint16_t port, Presence presence, std::size_t devices);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// They connect, 64 at a time. Afterwards all have been let in and were seen online; or nothing more came
  /// for five seconds. Returns how long it took until the last was let in.
  Clock::duration connect(Range devices);

  /// Their sockets are closed, one right after the other, without DISCONNECT. Afterwards all were seen
  /// offline; or nothing more came for five seconds.
  struct Closing {
    Clock::duration all_closed, all_seen;  // from the first close to the last one, and to the last one seen
  };
  Closing close(Range devices);

  /// Takes what comes for that long.
  void rest(std::chrono::milliseconds duration);

  /// From the CONNECT or the close to when it was seen, in ms, of those that were seen.
  std::vector<double> latencies_ms(Range devices) const;

  const StatusWatch& watch() const { return watch_; }

 private:
  struct Device {
    int socket = -1;
    Clock::time_point acted_at{};
  };

  void begin(std::size_t device);
  /// Reads the CONNACK, and publishes what a device with a last will has to.
  void go_on(std::size_t device);
  /// Calls go_on() for those who have an answer. False: nothing came within `patience`.
  bool look(std::chrono::milliseconds patience);
  void wait_until_seen();

  const std::uint16_t port_;
  const Presence presence_;
  StatusWatch watch_;
  std::vector<Device> devices_;
  int epoll_ = -1;
  std::uint32_t waves_ = 0;
  std::size_t under_way_ = 0;
  Clock::time_point last_let_in_{};
};

}  // namespace rollcall::bench
