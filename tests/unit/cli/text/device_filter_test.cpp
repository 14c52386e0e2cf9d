// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/device_filter.hpp"

#include <boost/test/unit_test.hpp>

namespace rollcall::cli {

BOOST_AUTO_TEST_SUITE(device_filter)

BOOST_AUTO_TEST_CASE(a_filter_is_a_query_a_body_and_words) {
  FilterOptions filter;
  BOOST_TEST(filter.is_empty());
  BOOST_TEST(filter_query(filter) == "");
  filter.statuses = {"offline,standby", "inactive"};
  filter.is_muted = false;
  filter.is_connected = true;
  filter.search = "hall 3&";
  BOOST_TEST(!filter.is_empty());
  BOOST_TEST(filter_query(filter) ==
             "status=offline%2Cstandby%2Cinactive&connected=true&muted=false&q=hall%203%26");
  BOOST_TEST(filter_json(filter).dump() ==
             R"({"status":"offline,standby,inactive","connected":true,"muted":false,"q":"hall 3&"})");
  BOOST_TEST(filter_words(filter) ==
             "--status offline,standby,inactive --connected --not-muted --search hall 3&");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
