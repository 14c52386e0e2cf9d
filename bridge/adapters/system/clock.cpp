// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/system/clock.hpp"

#include <ctime>

namespace rollcall {
namespace {

Millis read(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return Millis{time.tv_sec * 1000LL + time.tv_nsec / 1'000'000};
}

/// Wall clock minus the time since boot. Whoever is stopped between two readings would take that for a step.
Millis read_offset() {
  constexpr Millis kAtOnce{100};
  for (;;) {
    const auto before = read(CLOCK_BOOTTIME);
    const auto wall = read(CLOCK_REALTIME);
    if (read(CLOCK_BOOTTIME) - before <= kAtOnce) return wall - before;
  }
}

}  // namespace

Clock::Clock() : offset_(read_offset()) {}

Time Clock::now() const { return Time{offset_ + read(CLOCK_BOOTTIME)}; }

std::optional<Millis> Clock::take_step() {
  const auto step = read_offset() - offset_;
  if (step <= kLeastStep && step >= -kLeastStep) return std::nullopt;
  offset_ += step;
  return step;
}

}  // namespace rollcall
