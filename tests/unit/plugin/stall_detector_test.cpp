// SPDX-License-Identifier: Apache-2.0
#include "plugin/stall_detector.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

/// A wall clock that goes on as the monotonic one does, until it is stepped.
struct Fixture {
  StallDetector detector;
  Millis now{1'000'000}, offset{1'700'000'000'000};
  std::optional<Stall> noticed;

  std::optional<Stall> tick(Millis after) {
    now += after;
    return detector.ticked(now, now + offset);
  }
  std::optional<Stall> call(Millis after) {
    now += after;
    return detector.called(now, now + offset);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stall_detector, Fixture)

BOOST_AUTO_TEST_CASE(a_loop_that_comes_round_within_two_seconds_is_no_stall) {
  BOOST_TEST(!tick(Millis{0}));
  BOOST_TEST(!tick(Millis{100}));
  BOOST_TEST(!tick(Millis{2000}));
  BOOST_TEST(!call(Millis{2000}));
}

BOOST_AUTO_TEST_CASE(a_longer_gap_between_ticks_is_one) {
  tick(Millis{0});
  const auto from = now;
  noticed = tick(Millis{2001});
  BOOST_TEST((noticed == Stall{from, now, Millis{0}}));
  BOOST_TEST(!tick(Millis{100}));
}

BOOST_AUTO_TEST_CASE(a_callback_before_the_tick_shows_it_and_the_tick_tells_it_no_more) {
  tick(Millis{0});
  const auto from = now;
  noticed = call(Millis{12'000});
  BOOST_TEST((noticed == Stall{from, now, Millis{0}}));
  BOOST_TEST(!call(Millis{1}));
  BOOST_TEST(!tick(Millis{1}));
}

BOOST_AUTO_TEST_CASE(callbacks_without_a_tick_do_not_show_that_the_loop_comes_round) {
  tick(Millis{0});
  const auto from = now;
  BOOST_TEST(!call(Millis{1500}));
  noticed = call(Millis{1500});
  BOOST_TEST((noticed == Stall{from, now, Millis{0}}));
}

BOOST_AUTO_TEST_CASE(a_broker_that_never_ticks_never_stands_still) {
  BOOST_TEST(!call(Millis{0}));
  BOOST_TEST(!call(Millis{60'000}));
  BOOST_TEST(!detector.take_stopped_ticks());
}

BOOST_AUTO_TEST_CASE(a_step_of_the_wall_clock_is_a_moment_and_a_drift_is_nothing) {
  tick(Millis{0});
  offset += Millis{1000};
  BOOST_TEST(!tick(Millis{100}));
  offset += Millis{3'600'000};
  noticed = tick(Millis{100});
  BOOST_TEST((noticed == Stall{now, now, Millis{3'600'000}}));
  offset -= Millis{1001};
  noticed = tick(Millis{100});
  BOOST_TEST((noticed == Stall{now, now, Millis{-1001}}));
  BOOST_TEST(!tick(Millis{100}));
}

BOOST_AUTO_TEST_CASE(a_machine_that_was_suspended_shows_it_by_its_wall_clock) {
  tick(Millis{0});
  const auto from = now;
  offset += Millis{60'000};  // the monotonic clock stood still as well
  noticed = call(Millis{3000});
  BOOST_TEST((noticed == Stall{from, now, Millis{60'000}}));
}

BOOST_AUTO_TEST_CASE(ticks_that_stop_when_the_wall_clock_is_set_back_are_no_stall) {
  tick(Millis{0});
  offset -= Millis{3'600'000};
  noticed = call(Millis{5000});
  BOOST_TEST((noticed == Stall{now, now, Millis{-3'600'000}}));
  BOOST_TEST(detector.take_stopped_ticks());
  BOOST_TEST(!detector.take_stopped_ticks());
  BOOST_TEST(!tick(Millis{100}));
  offset -= Millis{3'600'000};
  noticed = tick(Millis{100});
  BOOST_TEST((noticed == Stall{now, now, Millis{-3'600'000}}));
  BOOST_TEST(!detector.take_stopped_ticks());  // they go on
}

BOOST_AUTO_TEST_SUITE_END()
