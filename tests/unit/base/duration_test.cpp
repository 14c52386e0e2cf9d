// SPDX-License-Identifier: Apache-2.0
#include "base/duration.hpp"

#include <random>

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

Millis parsed(std::string_view text) {
  const auto duration = parse_duration(text);
  BOOST_TEST_REQUIRE(duration.has_value(), text);
  return *duration;
}

std::string refusal(std::string_view text) {
  const auto duration = parse_duration(text);
  return duration ? "accepted" : duration.error().message;
}

bool is_refused_for(std::string_view text, std::string_view why) {
  return refusal(text).find(why) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(duration_suite)

BOOST_AUTO_TEST_CASE(durations_are_read_as_people_write_them) {
  BOOST_TEST((parsed("0s") == 0s));
  BOOST_TEST((parsed("90s") == 90s));
  BOOST_TEST((parsed("5m") == 5min));
  BOOST_TEST((parsed("1h30m") == 90min));
  BOOST_TEST((parsed("24h") == 24h));
  BOOST_TEST((parsed("90d") == 24h * 90));
  BOOST_TEST((parsed("12w") == 24h * 84));
  BOOST_TEST((parsed("1w2d3h4m5s") == 24h * 9 + 3h + 4min + 5s));
  BOOST_TEST((parsed("007s") == 7s));
}

BOOST_AUTO_TEST_CASE(ten_years_with_their_leap_days_are_the_most) {
  BOOST_TEST((parsed("3660d") == kMaxDuration));
  BOOST_TEST(is_refused_for("3660d1s", "longer than 10 years"));
  BOOST_TEST(is_refused_for("3661d", "longer than 10 years"));
  BOOST_TEST(is_refused_for("99999999999999999999999999w", "longer than 10 years"));
  BOOST_TEST(is_refused_for("9223372036854775807w", "longer than 10 years"));
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_refused_with_the_reason_and_an_example) {
  BOOST_TEST(
      refusal("5 min") ==
      R"(duration "5 min" has a space in it; it is written like "90s", "5m", "1h30m", "24h" or "90d")");
  BOOST_TEST(is_refused_for("-1s", "is negative"));
  BOOST_TEST(is_refused_for("", "is empty"));
  BOOST_TEST(is_refused_for(" 5m", "space"));
  BOOST_TEST(is_refused_for("5m ", "space"));
  BOOST_TEST(is_refused_for("5", "without a unit"));
  BOOST_TEST(is_refused_for("1h30", "without a unit"));
  BOOST_TEST(is_refused_for("m", "other than a number"));
  BOOST_TEST(is_refused_for("+5m", "other than a number"));
  BOOST_TEST(is_refused_for("1.5h", "fraction"));
  BOOST_TEST(is_refused_for("5y", "unit other than"));
  BOOST_TEST(is_refused_for("5M", "unit other than"));
  BOOST_TEST(is_refused_for("5min", "other than a number"));
  BOOST_TEST(is_refused_for("30m1h", "out of order"));
  BOOST_TEST(is_refused_for("1m1m", "twice"));
}

BOOST_AUTO_TEST_CASE(a_refusal_stays_one_short_line_whatever_the_text) {
  const auto message = refusal(std::string(100'000, 'x') + "\n");
  BOOST_TEST(message.size() < 250U);
  BOOST_TEST(refusal("1\n2").find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(durations_are_written_the_short_way) {
  BOOST_TEST(format_duration(0s) == "0s");
  BOOST_TEST(format_duration(90s) == "1m30s");
  BOOST_TEST(format_duration(90min) == "1h30m");
  BOOST_TEST(format_duration(24h) == "1d");
  BOOST_TEST(format_duration(24h * 90) == "90d");
  BOOST_TEST(format_duration(24h * 84) == "12w");
  BOOST_TEST(format_duration(1500ms) == "1.5s");
  BOOST_TEST(format_duration(60'007ms) == "1m0.007s");
  BOOST_TEST(format_duration(-90s) == "-1m30s");
}

BOOST_AUTO_TEST_CASE(what_is_written_reads_back_the_same) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2'000; ++round) {
    const Millis duration = Seconds(random() % static_cast<std::uint64_t>(kMaxDuration / 1s + 1));
    BOOST_TEST_REQUIRE((parsed(format_duration(duration)) == duration), format_duration(duration));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
