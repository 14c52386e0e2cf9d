// SPDX-License-Identifier: Apache-2.0
// The bridge's one clock (lifecycle rule 11): the system's wall clock as it was when the bridge started, plus
// the time that has passed since, the machine's sleep included. It never jumps by itself: when the system's
// clock is set, take_step() says by how much, and from then on goes by it.
//
// The kernel slews both of its clocks alike, so that only what sets the wall clock moves one against the
// other. Steps of less than kLeastStep are left alone until they add up to more. One thread.
#pragma once

#include <optional>

#include "base/time.hpp"

namespace rollcall {

class Clock {
 public:
  static constexpr Millis kLeastStep{1000};

  Clock();
  Time now() const;

  /// Returns by how much the system's clock was set since the last call, and moves now() by that; empty: it
  /// wasn't, or by no more than kLeastStep.
  std::optional<Millis> take_step();

 private:
  Millis offset_;  // wall clock minus the time since the machine's boot
};

}  // namespace rollcall
