// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/calendar/mute_hours.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

constexpr auto kMonday = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23};

Time at(std::chrono::sys_days day, Millis time) { return Time{day.time_since_epoch() + time}; }

MuteHours hours(std::string_view days, std::string_view from, std::string_view to,
                std::string_view zone = "UTC") {
  return {parse_days(days).value(), parse_time_of_day(from).value(), parse_time_of_day(to).value(),
          TimeZone::find(zone).value()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(calendar)

BOOST_AUTO_TEST_CASE(a_zone_says_what_clocks_and_calendars_show_there) {
  const auto midnight = at(kMonday, 0h);
  BOOST_TEST((TimeZone().local(midnight) == LocalTime{kMonday.time_since_epoch().count(), 0, 0}));
  BOOST_TEST((TimeZone::find("America/New_York")->local(midnight) ==
              LocalTime{kMonday.time_since_epoch().count() - 1, 6, 19 * 60}));
  BOOST_TEST((TimeZone::find("Asia/Kolkata")->local(midnight + 59s) ==
              LocalTime{kMonday.time_since_epoch().count(), 0, 5 * 60 + 30}));
  BOOST_TEST((TimeZone().local(Time{Millis{-1}}) == LocalTime{-1, 2, 24 * 60 - 1}));  // a Wednesday
  BOOST_TEST(!TimeZone::find("Europe/Atlantis"));
  BOOST_TEST(!TimeZone::find(""));
  BOOST_TEST(!TimeZone::find("../../etc/passwd"));
}

BOOST_AUTO_TEST_CASE(hours_of_one_day_end_on_it) {
  const auto mute = hours("mon", "09:00", "17:30");
  BOOST_TEST(!mute.covers(at(kMonday, 9h - 1ms)));
  BOOST_TEST(mute.covers(at(kMonday, 9h)));
  BOOST_TEST(mute.covers(at(kMonday, 17h + 30min - 1ms)));
  BOOST_TEST(!mute.covers(at(kMonday, 17h + 30min)));
  BOOST_TEST(!mute.covers(at(kMonday, 24h + 12h)));
}

BOOST_AUTO_TEST_CASE(hours_over_midnight_belong_to_the_day_on_which_they_begin) {
  const auto mute = hours("sun", "22:00", "06:00");
  BOOST_TEST(mute.covers(at(kMonday, -2h)));
  BOOST_TEST(mute.covers(at(kMonday, 6h - 1ms)));
  BOOST_TEST(!mute.covers(at(kMonday, 6h)));
  BOOST_TEST(!mute.covers(at(kMonday, 22h)));
  BOOST_TEST(!mute.covers(at(kMonday, -18h - 1ms)));  // Sunday before 6
}

BOOST_AUTO_TEST_CASE(days_may_go_over_the_end_of_the_week) {
  const auto days = parse_days("sat-mon,wed").value();
  BOOST_TEST((days == MuteHours::Days{true, false, true, false, false, true, true}));
}

BOOST_AUTO_TEST_CASE(an_hour_that_comes_twice_is_muted_twice) {
  const auto mute = hours("mon-sun", "02:00", "03:00", "Europe/Berlin");
  const auto sunday = std::chrono::sys_days{std::chrono::year{2026} / 10 / 25};
  BOOST_TEST(!mute.covers(at(sunday, 0h - 1ms)));
  BOOST_TEST(mute.covers(at(sunday, 0h)));
  BOOST_TEST(mute.covers(at(sunday, 2h - 1ms)));
  BOOST_TEST(!mute.covers(at(sunday, 2h)));
}

BOOST_AUTO_TEST_SUITE_END()
