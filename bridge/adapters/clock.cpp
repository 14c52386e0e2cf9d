// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/clock.hpp"

#include <ctime>

namespace rollcall {
namespace {

Millis read(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return Millis{time.tv_sec * 1000LL + time.tv_nsec / 1'000'000};
}

}  // namespace

Clock::Clock() : start_(read(CLOCK_REALTIME) - read(CLOCK_BOOTTIME)) {}

Time Clock::now() const { return Time{start_ + read(CLOCK_BOOTTIME)}; }

Millis Clock::system_clock_ahead_by() const { return read(CLOCK_REALTIME) - now().time_since_epoch(); }

}  // namespace rollcall
