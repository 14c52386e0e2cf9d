// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/clock_step.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(clock_step)

BOOST_AUTO_TEST_CASE(all_times_of_a_broker_move_along_once) {
  const auto record_at = [](Time at) {
    BrokerRecord record;
    record.last_contact = at;
    record.lost_at = at;
    record.clock_offset = at.time_since_epoch();
    record.outage = OutageRecord{at, at, at, 2, 1, StallRecord{at, at}};
    return record;
  };
  auto record = record_at(Time{1h});
  move_along(record, 5min);
  BOOST_TEST((record == record_at(Time{1h + 5min})));
}

BOOST_AUTO_TEST_CASE(what_stands_for_none_stays) {
  Time none = Time::min();
  move_along(none, 5min);
  BOOST_TEST((none == Time::min()));
}

BOOST_AUTO_TEST_SUITE_END()
