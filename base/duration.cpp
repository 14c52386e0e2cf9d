// SPDX-License-Identifier: Apache-2.0
#include "base/duration.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include "base/quoting.hpp"

namespace rollcall {
namespace {

struct Unit {
  char letter;
  Millis length;
};
constexpr std::array<Unit, 5> kUnits{{{'w', std::chrono::hours{24 * 7}},
                                      {'d', std::chrono::hours{24}},
                                      {'h', std::chrono::hours{1}},
                                      {'m', std::chrono::minutes{1}},
                                      {'s', std::chrono::seconds{1}}}};
constexpr std::string_view kExample = R"(it is written like "90s", "5m", "1h30m", "24h" or "90d")";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Result<Millis> parse_duration(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(fmt::format("duration {} {}; {}", in_quotes(text), why, kExample));
  };
  if (text.empty()) return refuse("is empty");
  if (text.front() == '-') return refuse("is negative");
  Millis sum{0};
  std::size_t next_unit = 0;
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(1)) {
    if (!is_digit(rest.front())) {
      return refuse(rest.front() == ' ' ? "has a space in it"
                                        : "has something other than a number before a unit");
    }
    std::int64_t number = 0;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
      number = number * 10 + (rest.front() - '0');
      if (number > kMaxDuration / Millis{1}) return refuse("is longer than 10 years");
    }
    if (rest.empty()) return refuse("has a number without a unit (w, d, h, m or s)");
    if (rest.front() == ' ') return refuse("has a space in it");
    if (rest.front() == '.') return refuse("has a fraction; use a smaller unit");
    std::size_t unit = 0;
    while (unit < kUnits.size() && kUnits[unit].letter != rest.front()) ++unit;
    if (unit == kUnits.size()) return refuse("has a unit other than w, d, h, m and s");
    if (unit < next_unit) return refuse("has its units twice or out of order (w, d, h, m, s)");
    next_unit = unit + 1;
    if (number > kMaxDuration / kUnits[unit].length) return refuse("is longer than 10 years");
    sum += number * kUnits[unit].length;
  }
  if (sum > kMaxDuration) return refuse("is longer than 10 years");
  return sum;
}

std::string format_duration(Millis duration) {
  std::string text;
  if (duration < Millis{0}) {
    text = "-";
    duration = -duration;
  }
  // "90d" says more than "12w6d"
  if (duration > Millis{0} && duration % kUnits[0].length == Millis{0}) {
    return text + fmt::format("{}w", duration / kUnits[0].length);
  }
  for (std::size_t unit = 1; unit + 1 < kUnits.size(); ++unit) {
    const auto count = duration / kUnits[unit].length;
    if (count > 0) text += fmt::format("{}{}", count, kUnits[unit].letter);
    duration %= kUnits[unit].length;
  }
  if (duration == Millis{0}) return text.empty() ? "0s" : text;
  text += fmt::format("{}", duration / Seconds{1});
  if (const auto millis = (duration % Seconds{1}).count(); millis > 0) {
    auto fraction = fmt::format(".{:03}", millis);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += fraction;
  }
  return text + "s";
}

}  // namespace rollcall
