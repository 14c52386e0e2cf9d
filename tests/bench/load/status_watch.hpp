// SPDX-License-Identifier: Apache-2.0
// Sees the statuses of devices as they are published, and when each came that is waited for. And, apart from
// that, reads back what is retained in the end.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "tests/bench/load/mqtt_socket.hpp"
#include "tests/bench/load/presence.hpp"

namespace rollcall::bench {

using Clock = std::chrono::steady_clock;

enum class Wanted : bool { kOffline, kOnline };

/// Devices `first` to `first + count - 1`.
struct Range {
  std::size_t first = 0, count = 0;
};

class StatusWatch {
 public:
  /// Of devices 0 to `devices - 1`. With Presence::kNone there is nothing to see, and nothing is waited for.
  StatusWatch(std::uint16_t port, Presence presence, std::size_t devices);

  /// For epoll; -1: nothing will come.
  int descriptor() const { return socket_ ? socket_->descriptor() : -1; }

  /// From now on, this status of each of them is waited for, and nothing else.
  void expect(Range devices, Wanted status);
  /// Takes what has come, without waiting.
  void take();
  /// How many of those expected haven't come.
  std::size_t missing() const { return missing_; }
  /// When that of `device` came; Clock::time_point{} if it hasn't.
  Clock::time_point seen_at(std::size_t device) const { return seen_.at(device).at; }

  /// Statuses that had no larger number than the one before them: doubled, or out of order.
  std::size_t disordered() const { return disordered_; }

 private:
  struct Seen {
    bool is_expected = false;
    Clock::time_point at{};
    std::uint64_t number = 0;
  };

  void note(const Message& message, Clock::time_point now);

  const Presence presence_;
  std::unique_ptr<MqttSocket> socket_;
  std::vector<Seen> seen_;
  Wanted wanted_ = Wanted::kOnline;
  std::size_t missing_ = 0, disordered_ = 0;
};

/// Of how many of them what is retained is not `status`, or nothing is. Reads as a newcomer would; with
/// Presence::kNone nothing can be wrong.
std::size_t retained_wrong(std::uint16_t port, Presence presence, Range devices, Wanted status);

}  // namespace rollcall::bench
