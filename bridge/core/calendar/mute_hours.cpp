// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/calendar/mute_hours.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/quoting.hpp"

namespace rollcall {
namespace {

constexpr std::array<std::string_view, 7> kDayNames{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::optional<std::size_t> day_named(std::string_view name) {
  const auto* const found = std::find(kDayNames.begin(), kDayNames.end(), name);
  if (found == kDayNames.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kDayNames.begin());
}

std::optional<unsigned> two_digits(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 2 || !is_digit(text[0]) || !is_digit(text[1])) return std::nullopt;
  return static_cast<unsigned>(text[0] - '0') * 10 + static_cast<unsigned>(text[1] - '0');
}

}  // namespace

bool MuteHours::covers(Time time) const {
  const auto [day, weekday, minute] = zone.local(time);
  const bool began_today = days.at(weekday);
  if (from < to) return began_today && minute >= from && minute < to;
  const bool began_yesterday = days.at((weekday + 6) % 7);
  return (began_today && minute >= from) || (began_yesterday && minute < to);
}

Result<MuteHours::Days> parse_days(std::string_view text) {
  const auto wrong = [whole = text] {
    return fail(R"(must be days such as "sat-sun" or "mon,wed,fri", not )" + in_quotes(whole));
  };
  MuteHours::Days days{};
  for (;;) {
    const auto comma = std::min(text.find(','), text.size());
    const auto part = text.substr(0, comma);
    const auto dash = std::min(part.find('-'), part.size());
    const auto first = day_named(part.substr(0, dash));
    const auto last = dash == part.size() ? first : day_named(part.substr(dash + 1));
    if (!first || !last) return wrong();
    for (auto day = *first;; day = (day + 1) % days.size()) {
      days.at(day) = true;
      if (day == *last) break;
    }
    if (comma == text.size()) return days;
    text.remove_prefix(comma + 1);
  }
}

Result<unsigned> parse_time_of_day(std::string_view text) {
  const auto hour = two_digits(text.substr(0, 2));
  const auto minute = text.size() == 5 && text[2] == ':' ? two_digits(text.substr(3)) : std::nullopt;
  if (!hour || !minute || *minute > 59 || *hour * 60 + *minute > MuteHours::kDay) {
    return fail(R"(must be a time of day from "00:00" to "24:00", not )" + in_quotes(text));
  }
  return *hour * 60 + *minute;
}

}  // namespace rollcall
