// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/words.hpp"

#include <cmath>

#include <fmt/format.h>

#include "bridge/core/explain/explanation_parts.hpp"

namespace rollcall::cli {

std::string ago(Time time, Time now) {
  const auto distance = now >= time ? now - time : time - now;
  const auto text = explanation::roughly(distance);
  if (text.empty()) return "now";
  return now >= time ? text + " ago" : "in " + text;
}

std::string lasting(Millis duration) {
  const auto text = explanation::roughly(duration);
  return text.empty() ? "0s" : text;
}

std::string exactly_and_ago(Time time, Time now) { return explanation::when(time, now); }

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string percent(std::optional<double> share) {
  if (!share) return "unknown";
  constexpr double kAlmostNothing = 1e-9;  // 0.9998 has no exact double
  const auto hundredths = static_cast<std::int64_t>(std::floor(*share * 10'000 + kAlmostNothing));
  if (hundredths % 100 == 0) return fmt::format("{} %", hundredths / 100);
  return fmt::format("{}.{:02} %", hundredths / 100, hundredths % 100);
}

}  // namespace rollcall::cli
