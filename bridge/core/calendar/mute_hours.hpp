// SPDX-License-Identifier: Apache-2.0
// Hours of the week in which nobody is to be told. Values; any thread.
#pragma once

#include <array>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "bridge/core/calendar/time_zone.hpp"

namespace rollcall {

/// By the clocks of its zone: where these are set back an hour is muted twice, where they are set forward one
/// is left out.
struct MuteHours {
  using Days = std::array<bool, 7>;  ///< Monday first
  static constexpr unsigned kDay = 24 * 60;

  Days days{true, true, true, true, true, true, true};  ///< on which it begins
  unsigned from = 0, to = kDay;                         ///< minutes; `to` not after `from`: on the next day
  TimeZone zone;

  bool covers(Time time) const;
  bool operator==(const MuteHours&) const = default;
};

/// "sat-sun", "mon,wed,fri", "fri-mon"; the errors say what would be right.
Result<MuteHours::Days> parse_days(std::string_view text);
/// "22:00"; "24:00" is the end of the day. In minutes.
Result<unsigned> parse_time_of_day(std::string_view text);

}  // namespace rollcall
