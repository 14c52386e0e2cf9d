// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/unacknowledged_statuses.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;

namespace {

using Names = std::vector<std::string>;

struct Fixture {
  UnacknowledgedStatuses statuses;

  static auto is(const std::string& name) {
    return [name](std::string_view device) { return device == name; };
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(unacknowledged_statuses, Fixture)

BOOST_AUTO_TEST_CASE(a_status_waits_until_its_broker_is_synced) {
  statuses.await_sync("pump", 10);
  statuses.await_sync("valve", 7);
  BOOST_TEST(statuses.take_synced(is("stranger")).empty());
  BOOST_TEST(statuses.take_synced(is("pump")) == Names{"pump"});
  BOOST_TEST(statuses.take_synced(is("pump")).empty());
}

BOOST_AUTO_TEST_CASE(what_waits_limits_what_counts_as_acknowledged) {
  BOOST_TEST(statuses.limit(20) == 20U);
  statuses.await_sync("pump", 10);
  statuses.await_sync("valve", 7);
  BOOST_TEST(statuses.limit(20) == 6U);
  BOOST_TEST(statuses.limit(5) == 5U);
}

BOOST_AUTO_TEST_CASE(a_forgotten_device_is_kept_until_its_clearing_has_arrived) {
  statuses.clear("pump", 10);
  BOOST_TEST(statuses.take_arrived(9, is({})).empty());
  BOOST_TEST(statuses.cleared().contains("pump"));
  BOOST_TEST(statuses.take_arrived(10, is({})) == Names{"pump"});
  BOOST_TEST(statuses.cleared().empty());
}

BOOST_AUTO_TEST_CASE(a_forgotten_device_that_came_back_is_not_removed) {
  statuses.clear("pump", 10);
  BOOST_TEST(statuses.take_arrived(10, is("pump")).empty());
  BOOST_TEST(statuses.cleared().empty());
}

BOOST_AUTO_TEST_CASE(a_forgotten_device_waits_for_no_broker) {
  statuses.await_sync("pump", 10);
  statuses.clear("pump", 11);
  BOOST_TEST(statuses.take_synced(is("pump")).empty());
  BOOST_TEST(statuses.limit(20) == 20U);
}

BOOST_AUTO_TEST_SUITE_END()
