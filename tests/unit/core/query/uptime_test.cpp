// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/query/uptime.hpp"

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

Time at(Millis time) { return Time(std::chrono::hours{24} * 20000 + time); }

TimelineEntry row(Millis when, std::string to, std::string kind = "transition") {
  TimelineEntry entry;
  entry.at = at(when);
  entry.to = std::move(to);
  entry.kind = std::move(kind);
  return entry;
}

CountsAs counts(std::string_view status) {
  if (status == "online") return CountsAs::up;
  return status == "retired" ? CountsAs::neither : CountsAs::down;
}

Uptime uptime(const std::vector<TimelineEntry>& rows, Millis from, Millis to, Millis step,
              Millis now = 1000h) {
  return uptime_of(rows, at(from), at(to), step, at(now), counts);
}

BOOST_AUTO_TEST_SUITE(uptime_suite)

BOOST_AUTO_TEST_CASE(a_status_lasts_until_the_next_transition) {
  const auto result = uptime({row(0h, "online"), row(6h, "offline")}, 0h, 8h, 8h);
  BOOST_REQUIRE(result.buckets.size() == 1U);
  BOOST_CHECK(result.buckets[0].in.at("online") == Millis(6h));
  BOOST_CHECK(result.buckets[0].in.at("offline") == Millis(2h));
  BOOST_TEST(*result.availability == 0.75);
  BOOST_TEST(*result.buckets[0].availability == 0.75);
}

BOOST_AUTO_TEST_CASE(what_began_before_the_period_counts_from_its_beginning) {
  const auto result = uptime({row(-100h, "online"), row(1h, "offline")}, 0h, 2h, 1h);
  BOOST_REQUIRE(result.buckets.size() == 2U);
  BOOST_TEST(*result.buckets[0].availability == 1.0);
  BOOST_TEST(*result.buckets[1].availability == 0.0);
  BOOST_TEST(*result.availability == 0.5);
}

BOOST_AUTO_TEST_CASE(nothing_is_known_before_the_first_contact_and_after_now) {
  const auto result = uptime({row(2h, "online")}, 0h, 10h, 5h, 4h);
  BOOST_REQUIRE(result.buckets.size() == 2U);
  BOOST_CHECK(result.buckets[0].in.at("online") == Millis(2h));
  BOOST_TEST(result.buckets[1].in.empty());
  BOOST_TEST(!result.buckets[1].availability.has_value());
  BOOST_TEST(*result.availability == 1.0);
  BOOST_TEST(!uptime({}, 0h, 10h, 5h).availability.has_value());
}

BOOST_AUTO_TEST_CASE(a_status_that_counts_as_neither_is_left_out_of_the_availability) {
  const auto result = uptime({row(0h, "online"), row(1h, "retired")}, 0h, 10h, 10h);
  BOOST_TEST(*result.availability == 1.0);
  BOOST_CHECK(result.buckets[0].in.at("retired") == Millis(9h));
}

BOOST_AUTO_TEST_CASE(a_blip_changes_no_status) {
  const auto result = uptime({row(0h, "online"), row(1h, "online", "blip"), row(2h, "offline")}, 0h, 4h, 4h);
  BOOST_TEST(*result.availability == 0.5);
}

BOOST_AUTO_TEST_CASE(time_after_a_device_was_forgotten_counts_as_neither) {
  const auto result = uptime({row(0h, "online"), row(1h, "offline"), row(2h, "", "forgotten")}, 0h, 10h, 10h);
  BOOST_TEST(*result.availability == 0.5);
}

BOOST_AUTO_TEST_CASE(the_last_step_may_be_shorter) {
  const auto result = uptime({row(0h, "online")}, 0h, 5h, 2h);
  BOOST_REQUIRE(result.buckets.size() == 3U);
  BOOST_CHECK(result.buckets[2].at == at(4h));
  BOOST_CHECK(result.buckets[2].in.at("online") == Millis(1h));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
