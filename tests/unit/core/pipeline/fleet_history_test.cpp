// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/fleet_history.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

constexpr Time kMultiple{Millis{3'333'334LL * 300'000}};

struct Fixture {
  Bench bench{one_minute()};
  FleetHistory history{kMultiple + 1s};

  std::vector<Time> times() {
    std::vector<Time> all;
    for (const auto& sample : history.take()) all.push_back(sample.at);
    return all;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fleet_history, Fixture)

BOOST_AUTO_TEST_CASE(a_sample_is_taken_every_five_minutes_and_dated_so) {
  BOOST_TEST((history.next_deadline() == kMultiple + 5min));
  history.sample(bench.engine, kMultiple + 5min - 1ms);
  BOOST_TEST(history.take().empty());
  bench.connect();
  history.sample(bench.engine, kMultiple + 5min + 20ms);
  const auto taken = history.take();
  BOOST_TEST_REQUIRE(taken.size() == 1U);
  BOOST_TEST((taken[0].at == kMultiple + 5min));
  BOOST_TEST(taken[0].templates.at("default").at("online") == 1U);
  BOOST_TEST((history.next_deadline() == kMultiple + 10min));
  history.sample(bench.engine, kMultiple + 9min);
  BOOST_TEST(history.take().empty());
}

BOOST_AUTO_TEST_CASE(the_same_counts_are_a_sample_again_and_what_was_missed_is_not_made_up) {
  history.sample(bench.engine, kMultiple + 5min);
  history.sample(bench.engine, kMultiple + 10min);
  history.sample(bench.engine, kMultiple + 31min);
  BOOST_TEST((times() == std::vector<Time>{kMultiple + 5min, kMultiple + 10min, kMultiple + 30min}));
}

BOOST_AUTO_TEST_CASE(a_step_of_the_clock_moves_those_that_wait_and_the_next_is_at_a_multiple_of_the_new_one) {
  history.sample(bench.engine, kMultiple + 5min);
  history.clock_stepped(-1h, kMultiple - 53min);
  BOOST_TEST((history.next_deadline() == kMultiple - 50min));
  history.sample(bench.engine, kMultiple - 50min);
  BOOST_TEST((times() == std::vector<Time>{kMultiple - 55min, kMultiple - 50min}));
}

BOOST_AUTO_TEST_CASE(while_the_store_fails_the_latest_wait) {
  for (std::size_t i = 1; i <= FleetHistory::kMostWaiting + 2; ++i)
    history.sample(bench.engine, kMultiple + i * FleetHistory::kEvery);
  const auto all = times();
  BOOST_TEST(all.size() == FleetHistory::kMostWaiting);
  BOOST_TEST((all.front() == kMultiple + 15min));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
