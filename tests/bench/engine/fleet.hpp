// SPDX-License-Identifier: Apache-2.0
// An engine with very many devices, and what happens to some of them at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "bridge/core/lifecycle/engine.hpp"
#include "tests/bench/engine/measured.hpp"

namespace rollcall::bench {

/// Devices have ids of 16 bytes, which are their client ids too, and addresses; their template is the
/// built-in one. Between calls of this class all of them are away: offline, and in 30 days inactive.
class Fleet {
 public:
  explicit Fleet(std::size_t devices);

  /// How many are chosen at a time, scattered over all; others with each call of choose().
  static constexpr std::size_t kChosen = 1000;
  void choose();

  /// What happens to those that are chosen, each in a millisecond of its own, in calls of their own.
  void connect();
  void disconnect();
  void wait_due();
  /// To each device once, all in the same millisecond; the waits of everybody are due at one time then.
  void everybody_connects();
  void everybody_disconnects();
  /// The clock runs on to the next wait that is over within an hour, without the engine being told. False:
  /// there is none.
  bool run_on_to_due();
  bool is_due() const;
  void advance();

  /// The waits of all that are offline soon are over; nothing waits to be stored.
  void settle();
  /// As the bridge does for its store.
  std::size_t take_changes();

  std::size_t devices() const { return devices_; }
  std::uint64_t payload_bytes() const { return payload_bytes_; }  ///< of all that was published

 private:
  struct Chosen {
    std::size_t device = 0;
    std::array<char, 16> id{};
    ConnectionId connection;
  };
  void name(Chosen& chosen, std::size_t device) const;
  void connect(const Chosen& chosen);
  void take(const Effects& effects);

  std::size_t devices_;
  Engine engine_;
  Time now_;
  std::size_t next_ = 0;
  std::uint64_t connections_ = 0, payload_bytes_ = 0;
  std::string payload_;  // the last one
  std::array<Chosen, kChosen> chosen_;
};

}  // namespace rollcall::bench
