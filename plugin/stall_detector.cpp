// SPDX-License-Identifier: Apache-2.0
#include "plugin/stall_detector.hpp"

#include <utility>

namespace rollcall::plugin {
namespace {

constexpr Millis kLongestTurn{2000};
constexpr Millis kLeastStep{1000};

}  // namespace

std::optional<Stall> StallDetector::ticked(Millis monotonic, Millis wall) {
  const auto stall = last_ ? look(monotonic, wall) : std::nullopt;
  remember(monotonic, wall);
  is_set_back_ = false;
  return stall;
}

std::optional<Stall> StallDetector::called(Millis monotonic, Millis wall) {
  const auto stall = last_ ? look(monotonic, wall) : std::nullopt;
  if (!stall) return std::nullopt;
  is_set_back_ = stall->step < Millis{0};
  remember(monotonic, wall);
  return stall;
}

bool StallDetector::take_stopped_ticks() { return std::exchange(is_set_back_, false); }

std::optional<Stall> StallDetector::look(Millis monotonic, Millis wall) const {
  const auto gap = monotonic - *last_;
  const auto step = wall - monotonic - offset_;
  const bool is_stepped = step > kLeastStep || step < -kLeastStep;
  // After a step back 2.1 doesn't tick, though it isn't standing still: a gap means nothing then.
  const bool stood_still = gap > kLongestTurn && step >= -kLeastStep;
  if (!is_stepped && !stood_still) return std::nullopt;
  return Stall{stood_still ? *last_ : monotonic, monotonic, is_stepped ? step : Millis{0}};
}

void StallDetector::remember(Millis monotonic, Millis wall) {
  last_ = monotonic;
  offset_ = wall - monotonic;
}

}  // namespace rollcall::plugin
