// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/link_watch.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;

namespace {

Time at(int ms) { return Time{Millis{1'000'000 + ms}}; }

struct Fixture {
  LinkWatch watch;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(link_watch, Fixture)

BOOST_AUTO_TEST_CASE(a_late_answer_is_looked_at_once_a_second) {
  BOOST_TEST(!watch.wants_look(at(0), at(999)));
  BOOST_TEST(watch.wants_look(at(0), at(1000)));
  watch.look({}, at(0), at(1000));
  BOOST_TEST(!watch.wants_look(at(0), at(1999)));
  BOOST_TEST((watch.next_look(at(0)) == at(2000)));
}

BOOST_AUTO_TEST_CASE(a_link_is_busy_while_bytes_move) {
  watch.look({0, 100, true}, at(0), at(1000));
  BOOST_TEST((watch.busy_at() == at(1000)));  // the first look can only see that something is under way
  watch.look({0, 100, true}, at(0), at(2000));
  BOOST_TEST((watch.busy_at() == at(1000)));
  watch.look({0, 200, true}, at(0), at(3000));
  BOOST_TEST((watch.busy_at() == at(3000)));
  watch.look({64, 200, false}, at(0), at(4000));
  BOOST_TEST((watch.busy_at() == at(4000)));
  watch.look({127, 200, false}, at(0), at(5000));  // no more than pings
  BOOST_TEST((watch.busy_at() == at(4000)));
}

BOOST_AUTO_TEST_CASE(a_link_is_deaf_when_nothing_comes_and_nothing_moves) {
  watch.heard(at(0));
  BOOST_TEST(!watch.is_deaf(at(9999)));
  BOOST_TEST(watch.is_deaf(at(10'000)));
  watch.look({0, 100, true}, at(0), at(5000));
  BOOST_TEST(!watch.is_deaf(at(10'000)));
}

BOOST_AUTO_TEST_CASE(the_third_gap_in_a_minute_is_told_once) {
  BOOST_TEST(!watch.note_gap(at(0)));
  BOOST_TEST(!watch.note_gap(at(500)));  // the same loss
  BOOST_TEST(!watch.note_gap(at(1000)));
  BOOST_TEST(watch.note_gap(at(2000)));
  for (int second = 3; second < 9; ++second) BOOST_TEST(!watch.note_gap(at(1000 * second)));
}

BOOST_AUTO_TEST_CASE(gaps_that_are_rare_are_not_told) {
  for (int minute = 0; minute < 9; ++minute) BOOST_TEST(!watch.note_gap(at(60'000 * minute)));
}

BOOST_AUTO_TEST_CASE(times_move_along_with_the_wall_clock) {
  watch.heard(at(0));
  watch.clock_stepped(Millis{60'000});
  BOOST_TEST(!watch.is_deaf(at(69'999)));
  BOOST_TEST(watch.is_deaf(at(70'000)));
}

BOOST_AUTO_TEST_SUITE_END()
