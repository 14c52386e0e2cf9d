// SPDX-License-Identifier: Apache-2.0
// The times of a scenario as people write them: HH:MM:SS[.mmm], +DURATION, or RFC 3339.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace rollcall {

enum class TimeForm : std::uint8_t {
  clock,    ///< HH:MM:SS[.mmm]
  elapsed,  ///< +DURATION
  date,     ///< RFC 3339, with Z or an offset
};

struct ScenarioTime {
  TimeForm form;
  Millis value;     ///< clock: since midnight; elapsed: since the line before; date: since 1970-01-01 UTC
  bool has_millis;  ///< they were written, be it as .000
};

/// Digits beyond the milliseconds of an RFC 3339 time are cut off.
Result<ScenarioTime> parse_scenario_time(std::string_view text);

/// `before`: the time that the line before showed (of `elapsed` only the difference to it is shown).
std::string format_scenario_time(Time at, TimeForm form, bool with_millis, Time before);

}  // namespace rollcall
