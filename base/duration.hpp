// SPDX-License-Identifier: Apache-2.0
// Durations as people write them: "0s", "90s", "5m", "1h30m", "24h", "90d", "12w"; from 0 to 10 years.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace rollcall {

inline constexpr Millis kMaxDuration = std::chrono::hours{24} * 3660;

/// One or more numbers with a unit, w d h m s in that order, each at most once. The error says what is wrong
/// and gives an example.
Result<Millis> parse_duration(std::string_view text);

/// The shortest such text ("1h30m", "0s"); milliseconds, where there are any, as a fraction of the seconds
/// ("1.5s").
std::string format_duration(Millis duration);

}  // namespace rollcall
