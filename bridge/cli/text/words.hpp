// SPDX-License-Identifier: Apache-2.0
// Times, counts and shares as people read them. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace rollcall::cli {

/// "5m12s ago", "in 42s", "now": the two largest units.
std::string ago(Time time, Time now);

/// "5m12s": the two largest units; "0s" for less than a second.
std::string lasting(Millis duration);

/// "2026-11-22T10:49:00.000Z (5m12s ago)"
std::string exactly_and_ago(Time time, Time now);

/// "1 device", "37 devices"
std::string counted(std::uint64_t count, std::string_view noun);

/// "99.98 %", never rounded up: 100 % is all of it. "unknown" where nothing is.
std::string percent(std::optional<double> share);

}  // namespace rollcall::cli
