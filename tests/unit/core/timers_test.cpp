// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/timers.hpp"

#include <cstddef>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

Time at(int seconds) { return Time{Seconds{seconds}}; }

std::vector<std::size_t> popped(Timers& timers, Time now) {
  std::vector<std::size_t> indexes;
  while (const auto timer = timers.pop_due(now)) indexes.push_back(timer->index);
  return indexes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(timers)

BOOST_AUTO_TEST_CASE(nothing_is_due_when_nothing_is_set) {
  Timers timers;
  BOOST_TEST(!timers.next().has_value());
  BOOST_TEST(!timers.pop_due(Time::max()).has_value());
}

BOOST_AUTO_TEST_CASE(they_come_in_the_order_in_which_they_are_due_with_their_due_times) {
  Timers timers;
  timers.set(0, at(30));
  timers.set(1, at(10));
  timers.set(2, at(20));
  BOOST_TEST((timers.next() == at(10)));
  const auto first = timers.pop_due(at(25));
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST(first->index == 1U);
  BOOST_TEST((first->due == at(10)));
  BOOST_TEST(popped(timers, at(25)) == std::vector<std::size_t>{2});
  BOOST_TEST((timers.next() == at(30)));
}

BOOST_AUTO_TEST_CASE(one_is_due_at_its_very_instant_and_not_a_millisecond_before) {
  Timers timers;
  timers.set(0, at(10));
  BOOST_TEST(!timers.pop_due(at(10) - Millis{1}).has_value());
  BOOST_TEST(timers.pop_due(at(10)).has_value());
}

BOOST_AUTO_TEST_CASE(ties_come_in_the_order_of_setting_whatever_the_index) {
  Timers timers;
  for (const std::size_t index : {5U, 1U, 3U}) timers.set(index, at(10));
  timers.set(1, at(10));
  BOOST_TEST(popped(timers, at(10)) == (std::vector<std::size_t>{5, 3, 1}));
}

BOOST_AUTO_TEST_CASE(setting_again_forgets_the_time_before) {
  Timers timers;
  timers.set(0, at(10));
  timers.set(0, at(20));
  BOOST_TEST(popped(timers, at(19)).empty());
  BOOST_TEST(popped(timers, at(20)).size() == 1U);
  BOOST_TEST(!timers.next().has_value());
}

BOOST_AUTO_TEST_CASE(a_cancelled_one_never_comes_and_cancelling_nothing_is_harmless) {
  Timers timers;
  timers.set(4, at(10));
  timers.set(5, at(10));
  timers.cancel(4);
  timers.cancel(4);
  timers.cancel(1000);
  BOOST_TEST(popped(timers, Time::max()) == std::vector<std::size_t>{5});
}

BOOST_AUTO_TEST_CASE(one_that_was_taken_out_can_be_set_again) {
  Timers timers;
  timers.set(0, at(10));
  BOOST_TEST(popped(timers, at(10)).size() == 1U);
  timers.set(0, at(11));
  BOOST_TEST((timers.next() == at(11)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
