// SPDX-License-Identifier: Apache-2.0
// How often one connection may cause a record of a kind: so many at once, then one in each interval.
#pragma once

#include <algorithm>

#include "base/time.hpp"

namespace rollcall::plugin {

struct Rate {
  Millis interval{0};
  int burst = 1;
};

class RateLimit {
 public:
  /// Returns when the next record may be emitted, `now` or later, and counts it.
  Millis take(const Rate& rate, Millis now) {
    const auto due = next(rate, now);
    all_taken_until_ = std::max(all_taken_until_, now) + rate.interval;
    return due;
  }

  /// Returns what take() would return.
  Millis next(const Rate& rate, Millis now) const {
    return std::max(now, all_taken_until_ - rate.interval * (rate.burst - 1));
  }

 private:
  Millis all_taken_until_{0};  // when as many may be emitted at once as at first
};

}  // namespace rollcall::plugin
