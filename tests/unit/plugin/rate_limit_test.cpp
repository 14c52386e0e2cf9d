// SPDX-License-Identifier: Apache-2.0
#include "plugin/rate_limit.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using namespace rollcall::plugin;

BOOST_AUTO_TEST_SUITE(rate_limit)

BOOST_AUTO_TEST_CASE(a_burst_goes_at_once_and_then_one_in_each_interval) {
  constexpr Rate kRate{Millis{500}, 10};
  constexpr Millis kNow{1'000'000};
  RateLimit limit;
  for (int i = 0; i < 10; ++i) BOOST_TEST((limit.take(kRate, kNow) == kNow));
  for (int i = 1; i <= 3; ++i) {
    BOOST_TEST((limit.next(kRate, kNow) == kNow + i * Millis{500}));
    BOOST_TEST((limit.take(kRate, kNow) == kNow + i * Millis{500}));
  }
}

BOOST_AUTO_TEST_CASE(who_is_slow_never_waits_and_after_a_pause_there_is_a_burst_again) {
  constexpr Rate kRate{Millis{500}, 10};
  Millis now{1'000'000};
  RateLimit limit;
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST((limit.take(kRate, now) == now));
    now += Millis{500};
  }
  for (int i = 0; i < 10; ++i) BOOST_TEST((limit.take(kRate, now) == now));
  BOOST_TEST((limit.take(kRate, now) > now));
  now += Millis{6000};
  for (int i = 0; i < 10; ++i) BOOST_TEST((limit.take(kRate, now) == now));
}

BOOST_AUTO_TEST_SUITE_END()
