// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/words.hpp"

#include <boost/test/unit_test.hpp>

namespace rollcall::cli {

BOOST_AUTO_TEST_SUITE(words)

BOOST_AUTO_TEST_CASE(times_are_told_by_their_two_largest_units) {
  const Time now{Seconds{1'000'000}};
  BOOST_TEST(ago(now, now) == "now");
  BOOST_TEST(ago(now - Seconds{312}, now) == "5m12s ago");
  BOOST_TEST(ago(now + Seconds{42}, now) == "in 42s");
  BOOST_TEST(ago(now - Seconds{86'400 * 3 + 3'700}, now) == "3d1h ago");
  BOOST_TEST(lasting(Millis{999}) == "0s");
  BOOST_TEST(lasting(Seconds{90}) == "1m30s");
}

BOOST_AUTO_TEST_CASE(a_share_is_never_rounded_up) {
  BOOST_TEST(percent(std::nullopt) == "unknown");
  BOOST_TEST(percent(1) == "100 %");
  BOOST_TEST(percent(0.99999) == "99.99 %");
  BOOST_TEST(percent(0.9998) == "99.98 %");
  BOOST_TEST(percent(0.5) == "50 %");
  BOOST_TEST(percent(0.9205) == "92.05 %");
  BOOST_TEST(percent(0) == "0 %");
}

BOOST_AUTO_TEST_CASE(one_is_not_several) {
  BOOST_TEST(counted(1, "device") == "1 device");
  BOOST_TEST(counted(0, "device") == "0 devices");
  BOOST_TEST(counted(37, "device") == "37 devices");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
