// SPDX-License-Identifier: Apache-2.0
// Points in time as the pure code sees them: handed in from outside, never read from a clock (lifecycle rule
// 11).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace rollcall {

using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

/// UTC since 1970-01-01, in milliseconds. It has no now(), so that code without I/O can't read the time.
struct WallTime {
  using duration = Millis;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<WallTime>;
  static constexpr bool is_steady = false;
};
using Time = WallTime::time_point;

/// RFC 3339 in UTC with milliseconds: "2026-11-22T10:49:00.000Z". Years 1 to 9999; others are clamped.
std::string format_rfc3339(Time time);

/// Writes what format_rfc3339 returns to where there is room for it, and returns the end.
char* write_rfc3339(char* out, Time time);
inline constexpr std::size_t kRfc3339Size = 24;

}  // namespace rollcall
