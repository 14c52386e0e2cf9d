// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/simulate/scenario_time.hpp"

#include <optional>

#include <fmt/format.h>

#include "base/duration.hpp"
#include "base/quoting.hpp"

namespace rollcall {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes its parts off the front of a text; after the first that isn't there everything fails.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (i >= rest_.size() || !is_digit(rest_[i])) {
        failed_ = true;
        return 0;
      }
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }

  bool maybe(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(std::string_view any_of) { failed_ = !maybe(any_of) || failed_; }

  /// One digit or more, of which the first three count.
  int fraction_millis() {
    int value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && is_digit(rest_[digits]); ++digits) {
      if (digits < 3) value = value * 10 + (rest_[digits] - '0');
    }
    if (digits == 0) failed_ = true;
    for (std::size_t i = digits; i < 3; ++i) value *= 10;
    rest_.remove_prefix(digits);
    return value;
  }

  bool is_done() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

/// HH:MM:SS, the beginning of both a clock time and the time of a date. Nothing: out of range.
std::optional<Millis> read_clock(Reader& reader) {
  const int hour = reader.number(2);
  reader.expect(":");
  const int minute = reader.number(2);
  reader.expect(":");
  const int second = reader.number(2);
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
}

std::optional<ScenarioTime> parse_clock(std::string_view text) {
  Reader reader(text);
  const auto time = read_clock(reader);
  const bool has_millis = reader.maybe(".");
  const int millis = has_millis ? reader.number(3) : 0;
  if (!time || !reader.is_done()) return std::nullopt;
  return ScenarioTime{TimeForm::clock, *time + Millis{millis}, has_millis};
}

std::optional<ScenarioTime> parse_date(std::string_view text) {
  using namespace std::chrono;
  Reader reader(text);
  const int year_number = reader.number(4);
  reader.expect("-");
  const int month_number = reader.number(2);
  reader.expect("-");
  const int day_number = reader.number(2);
  reader.expect("Tt");
  const auto time = read_clock(reader);
  const bool has_millis = reader.maybe(".");
  const int millis = has_millis ? reader.fraction_millis() : 0;
  Millis offset{0};
  if (!reader.maybe("Zz")) {
    const int sign = reader.maybe("+") ? 1 : -1;
    if (sign < 0) reader.expect("-");
    const int hours_off = reader.number(2);
    reader.expect(":");
    const int minutes_off = reader.number(2);
    if (hours_off > 23 || minutes_off > 59) return std::nullopt;
    offset = sign * (hours{hours_off} + minutes{minutes_off});
  }
  const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                            day{static_cast<unsigned>(day_number)}};
  if (!time || !reader.is_done() || year_number < 1 || !date.ok()) return std::nullopt;
  const Millis day_start = sys_days{date}.time_since_epoch();
  return ScenarioTime{TimeForm::date, day_start + *time + Millis{millis} - offset, has_millis};
}

}  // namespace

Result<ScenarioTime> parse_scenario_time(std::string_view text) {
  if (text.starts_with('+')) {
    const auto duration = parse_duration(text.substr(1));
    if (!duration) return tl::make_unexpected(duration.error());
    return ScenarioTime{TimeForm::elapsed, *duration, *duration % Seconds{1} != Millis{0}};
  }
  if (const auto time = parse_clock(text)) return *time;
  if (const auto time = parse_date(text)) return *time;
  return fail(in_quotes(text) +
              " is no time; it is HH:MM:SS or HH:MM:SS.mmm (\"10:50:00\"), +DURATION since the line before "
              "(\"+90s\"), or RFC 3339 (\"2026-11-22T10:50:00Z\")");
}

std::string format_scenario_time(Time at, TimeForm form, bool with_millis, Time before) {
  if (form == TimeForm::elapsed) return "+" + format_duration(at - before);
  if (form == TimeForm::date) {
    std::string text = format_rfc3339(at);
    constexpr std::size_t kSecondsEnd = 19;
    return with_millis ? text : text.substr(0, kSecondsEnd) + "Z";
  }
  constexpr Millis kDay = std::chrono::hours{24};
  const auto of_day = at.time_since_epoch() % kDay;
  const auto millis = of_day.count();
  std::string text =
      fmt::format("{:02}:{:02}:{:02}", millis / 3'600'000, millis / 60'000 % 60, millis / 1000 % 60);
  if (with_millis) text += fmt::format(".{:03}", millis % 1000);
  return text;
}

}  // namespace rollcall
