// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {

BOOST_AUTO_TEST_SUITE(engine_rule2_disconnect)

BOOST_AUTO_TEST_CASE(the_status_stays_online_during_the_wait_and_says_what_comes_next) {
  Bench bench(one_minute());
  const auto id = bench.connect();
  bench.at(10s);
  bench.rows();
  bench.end(id);
  BOOST_TEST(bench.rows().empty());
  const Json retained = bench.retained();
  BOOST_TEST(retained.at("status") == "online");
  BOOST_TEST(retained.at("connected") == false);
  BOOST_TEST(retained.at("since") == time_text(0s));
  BOOST_TEST(retained.at("last_seen") == time_text(10s));
  BOOST_TEST(retained.at("cause") == "client_disconnect");
  BOOST_TEST(retained.at("graceful") == true);
  BOOST_TEST(retained.at("next") == Json({{"status", "offline"}, {"at", time_text(70s)}}));
  BOOST_TEST((bench.engine.next_deadline() == kStart + 70s));
}

BOOST_AUTO_TEST_CASE(offline_is_entered_when_the_wait_is_over_and_not_a_millisecond_before) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.at(1min - 1ms);
  BOOST_TEST(bench.status_of() == "online");
  bench.at(1min);
  BOOST_TEST(bench.status_of() == "offline");
}

BOOST_AUTO_TEST_CASE(another_live_connection_keeps_the_device_as_it_is) {
  Bench bench(one_minute());
  const auto first = bench.connect();
  bench.publishes();
  bench.at(5s);
  const auto second = bench.connect();
  BOOST_TEST(bench.publishes() == 0);
  bench.end(first);
  bench.at(1h);
  BOOST_TEST(bench.publishes() == 0);
  BOOST_TEST(bench.retained().at("connected") == true);
  bench.rows();
  bench.end(second);
  BOOST_TEST(bench.retained().at("connected") == false);
  bench.at(1h + 1min);
  BOOST_TEST(bench.rows() == Rows{"3660 a online>offline client_disconnect"});
}

BOOST_AUTO_TEST_CASE(a_second_connection_and_the_end_of_one_of_two_move_last_seen) {
  Bench bench(one_minute());
  const auto first = bench.connect();
  bench.at(5s);
  const auto second = bench.connect();
  bench.at(8s);
  bench.end(second);
  bench.at(20s);
  bench.end(first, Cause::broker_lost);
  BOOST_TEST(bench.retained().at("last_seen") == time_text(8s));
}

BOOST_AUTO_TEST_CASE(devices_wait_each_for_itself) {
  Bench bench(one_minute());
  const auto a = bench.connect("a");
  const auto b = bench.connect("b");
  bench.end(a);
  bench.at(30s);
  bench.end(b);
  bench.rows();
  bench.at(1min);
  BOOST_TEST(bench.rows() == Rows{"60 a online>offline client_disconnect"});
  bench.at(90s);
  BOOST_TEST(bench.rows() == Rows{"90 b online>offline client_disconnect"});
}

BOOST_AUTO_TEST_CASE(a_wait_of_nothing_leads_on_at_once_with_one_payload) {
  Bench bench(lifecycle({status("online"), status("standby", 0s), status("offline", 0s)}));
  const auto id = bench.connect();
  bench.at(3s);
  bench.rows();
  bench.publishes();
  bench.end(id);
  const Rows expected{"3 a online>standby client_disconnect", "3 a standby>offline client_disconnect"};
  BOOST_TEST(bench.rows() == expected);
  BOOST_TEST(bench.publishes() == 1);
  BOOST_TEST(bench.retained().at("previous") == "standby");
  BOOST_TEST(bench.retained().at("next").is_null());
}

BOOST_AUTO_TEST_CASE(ten_years_are_a_wait_like_any_other) {
  Bench bench(lifecycle({status("online"), status("offline", kTenYears), status("inactive", kTenYears)}));
  bench.end(bench.connect());
  bench.at(2 * kTenYears - 1ms);
  BOOST_TEST(bench.status_of() == "offline");
  bench.at(2 * kTenYears);
  BOOST_TEST(bench.status_of() == "inactive");
}

BOOST_AUTO_TEST_CASE(of_two_connections_that_end_in_the_same_millisecond_the_second_starts_the_wait) {
  Bench bench(one_minute());
  const auto first = bench.connect();
  const auto second = bench.connect();
  bench.at(5s);
  bench.end(first);
  BOOST_TEST(bench.retained().at("connected") == true);
  bench.end(second, Cause::kicked);
  BOOST_TEST(bench.retained().at("cause") == "kicked");
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(65s));
}

BOOST_AUTO_TEST_CASE(an_end_before_its_connect_by_its_time_happens_with_the_connect) {
  Bench bench(one_minute());
  bench.at(30s);
  const auto id = bench.connect();
  bench.late(20s).end(id);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(90s));
}

BOOST_AUTO_TEST_CASE(a_wait_of_one_millisecond_is_one) {
  Bench bench(lifecycle({status("online"), status("offline", 1ms)}));
  bench.end(bench.connect());
  BOOST_TEST(bench.status_of() == "online");
  bench.at(1ms);
  BOOST_TEST(bench.status_of() == "offline");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
