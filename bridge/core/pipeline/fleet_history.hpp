// SPDX-License-Identifier: Apache-2.0
// The counts of the fleet every five minutes, for the store: where one is missing, the bridge was away. Pure,
// not thread safe.
#pragma once

#include <cstddef>
#include <vector>

#include "base/time.hpp"
#include "bridge/core/lifecycle/engine.hpp"

namespace rollcall {

class FleetHistory {
 public:
  static constexpr Millis kEvery = std::chrono::minutes{5};
  /// Those that wait for a store that fails; beyond it the oldest are lost.
  static constexpr std::size_t kMostWaiting = 2016;  // of a week

  /// The first one is taken at the next multiple of kEvery.
  explicit FleetHistory(Time now);

  /// Takes the engine's counts if another multiple of kEvery has come, and dates them so.
  void sample(const Engine& engine, Time now);
  /// When sample() has something to do.
  Time next_deadline() const { return next_; }

  /// Returns those since the last call.
  std::vector<FleetSample> take();
  /// The wall clock was set by `by`, and says `now`.
  void clock_stepped(Millis by, Time now);

 private:
  Time next_;
  std::vector<FleetSample> waiting_;
};

}  // namespace rollcall
