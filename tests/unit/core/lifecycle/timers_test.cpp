// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/timers.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <random>
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

/// What timers are, in the words of the standard library.
class Model {
 public:
  void set(std::size_t index, Time due) {
    cancel(index);
    timers_.emplace(due, index);
  }
  void cancel(std::size_t index) {
    std::erase_if(timers_, [&](const auto& each) { return each.second == index; });
  }
  std::optional<Time> next() const {
    return timers_.empty() ? std::nullopt : std::optional(timers_.begin()->first);
  }
  std::optional<Timers::Timer> pop_due(Time now) {
    if (timers_.empty() || timers_.begin()->first > now) return std::nullopt;
    const auto [due, index] = *timers_.begin();
    timers_.erase(timers_.begin());
    return Timers::Timer{index, due};
  }

 private:
  std::multimap<Time, std::size_t> timers_;
};

/// The same calls to both, the times drawn by `draw`.
void compare(std::mt19937& random, const std::function<Time()>& draw) {
  Timers timers;
  Model model;
  for (int i = 0; i < 2000; ++i) {
    const std::size_t index = random() % 200;
    const auto kind = random() % 10;
    if (kind < 6) {
      const Time due = draw();
      timers.set(index, due);
      model.set(index, due);
      BOOST_TEST_REQUIRE((timers.due_of(index) == due));
    } else if (kind < 8) {
      timers.cancel(index);
      model.cancel(index);
      BOOST_TEST_REQUIRE(!timers.due_of(index).has_value());
    } else {
      const Time now = kind == 8 ? draw() : model.next().value_or(Time{});
      const auto popped = timers.pop_due(now);
      const auto expected = model.pop_due(now);
      BOOST_TEST_REQUIRE(popped.has_value() == expected.has_value());
      if (popped) BOOST_TEST_REQUIRE((popped->index == expected->index && popped->due == expected->due));
    }
    BOOST_TEST_REQUIRE((timers.next() == model.next()));
  }
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

BOOST_AUTO_TEST_CASE(whatever_is_set_and_cancelled_they_are_what_a_multimap_is) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937 random(seed);
      const auto below = [&](std::int64_t bound) {
        return static_cast<std::int64_t>((std::uint64_t{random()} << 32U | random()) %
                                         static_cast<std::uint64_t>(bound));
      };
      const auto within = [&](std::int64_t bound) {
        return [&below, bound] { return Time{Millis{below(bound)}}; };
      };
      constexpr std::int64_t kTenYears = 315'360'000'000;
      compare(random, within(5));  // nearly all of them ties
      compare(random, within(100'000));
      compare(random, within(kTenYears));
      compare(random, [&] { return Time{Millis{below(3) * kTenYears + below(3)}}; });
      compare(random, [&] { return Time{Millis{below(INT64_MAX) - below(INT64_MAX)}}; });
      std::int64_t now =
          1'700'000'000'000;  // a clock that runs, and waits of a minute, of silence, of ten years
      compare(random, [&] {
        now += below(1000) - 100;
        return Time{Millis{now + (below(4) - 1) * 60'000 + (below(10) == 0 ? kTenYears : 0)}};
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(the_first_and_the_last_time_that_there_are_can_be_set) {
  Timers timers;
  timers.set(0, Time::max());
  timers.set(1, Time::min());
  timers.set(2, at(0));
  timers.set(3, at(0) - Millis{1});
  BOOST_TEST((timers.next() == Time::min()));
  BOOST_TEST(popped(timers, Time::max()) == (std::vector<std::size_t>{1, 3, 2, 0}));
}

BOOST_AUTO_TEST_CASE(thousands_of_one_millisecond_come_in_the_order_of_setting_among_their_neighbours) {
  Timers timers;
  std::vector<std::size_t> expected;
  for (std::size_t index = 0; index < 3000; ++index) {
    timers.set(index, at(10) + Millis{static_cast<int>(index % 3)});
    expected.push_back(index);
  }
  std::stable_sort(expected.begin(), expected.end(),
                   [](auto one, auto other) { return one % 3 < other % 3; });
  BOOST_TEST(popped(timers, at(10) + Millis{2}) == expected);
  BOOST_TEST(!timers.next().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
