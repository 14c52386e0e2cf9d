// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/channels/retry_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/lower_case.hpp"

namespace rollcall {
namespace {

constexpr std::array<std::uint64_t, 9> kAboutTheMessage{400, 405, 410, 411, 413, 414, 415, 422, 431};

std::optional<int> number_of(std::string_view text) {
  int value = 0;
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || rest != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// The next word, up to a blank, a comma or a hyphen.
std::string_view take_word(std::string_view& text) {
  constexpr std::string_view kBetween = " ,-";
  text.remove_prefix(std::min(text.find_first_not_of(kBetween), text.size()));
  const auto word = text.substr(0, text.find_first_of(kBetween));
  text.remove_prefix(word.size());
  return word;
}

std::optional<unsigned> month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};
  const auto* const found = std::find(kMonths.begin(), kMonths.end(), lower_case(name));
  if (found == kMonths.end()) return std::nullopt;
  return static_cast<unsigned>(found - kMonths.begin()) + 1;
}

std::optional<Millis> time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hours = number_of(text.substr(0, 2));
  const auto minutes = number_of(text.substr(3, 2));
  const auto seconds = number_of(text.substr(6, 2));
  if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
  return std::chrono::hours{*hours} + std::chrono::minutes{*minutes} + std::chrono::seconds{*seconds};
}

/// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994".
std::optional<Time> parse_http_date(std::string_view text) {
  take_word(text);  // the day of the week
  auto day_word = take_word(text);
  auto month_word = take_word(text);
  auto year_word = take_word(text);
  auto time_word = take_word(text);
  if (month_of(day_word)) {
    std::swap(day_word, month_word);
    std::swap(year_word, time_word);
  }
  const auto day = number_of(day_word);
  const auto month = month_of(month_word);
  auto year = number_of(year_word);
  const auto time = time_of_day(time_word);
  if (!day || !month || !year || !time || *year > 9999) return std::nullopt;
  // Two digits: the century in which it is at most 50 years from now, as far as this will be read.
  if (year_word.size() == 2) *year += *year < 70 ? 2000 : 1900;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{*month},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return Time{std::chrono::sys_days{date}.time_since_epoch() + *time};
}

}  // namespace

Verdict verdict_of(const SendResult& result, bool is_mail) {
  if (is_mail) {
    if (result.problem.empty()) return Verdict::delivered;
    return result.code >= 550 && result.code <= 553 ? Verdict::refused : Verdict::again;
  }
  if (!result.problem.empty()) return Verdict::again;
  if (result.code >= 200 && result.code <= 299) return Verdict::delivered;
  const bool is_refused =
      std::find(kAboutTheMessage.begin(), kAboutTheMessage.end(), result.code) != kAboutTheMessage.end();
  return is_refused ? Verdict::refused : Verdict::again;
}

Millis pause_after(std::uint64_t failures, double random) {
  constexpr std::uint64_t kMostDoublings = 20;
  const auto doublings = std::min(std::max<std::uint64_t>(failures, 1) - 1, kMostDoublings);
  const auto pause = std::min(kLongestPause, kFirstPause * (std::int64_t{1} << doublings));
  const double factor = 0.75 + std::clamp(random, 0.0, 1.0) / 2;
  return Millis{std::llround(static_cast<double>(pause.count()) * factor)};
}

std::optional<Millis> parse_retry_after(std::string_view header, Time now) {
  const auto begin = std::min(header.find_first_not_of(" \t"), header.size());
  const auto end = header.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos || begin > end) return std::nullopt;
  const auto text = header.substr(begin, end - begin + 1);
  if (std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    const auto seconds = number_of(text);
    // More digits than a number has: far too long.
    if (!seconds) return kLongestRetryAfter;
    return std::min<Millis>(std::chrono::seconds{*seconds}, kLongestRetryAfter);
  }
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  return std::clamp(*date - now, Millis{0}, kLongestRetryAfter);
}

}  // namespace rollcall
