// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {

BOOST_AUTO_TEST_SUITE(engine_rule5_reconnect)

BOOST_AUTO_TEST_CASE(reconnect_within_the_wait_cancels_offline) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.at(59s);
  bench.rows();
  bench.connect();
  bench.at(24h);
  BOOST_TEST(bench.rows() == Rows{"59 a online>online blip client_disconnect"});
  BOOST_TEST(bench.retained().at("connected") == true);
  BOOST_TEST(bench.retained().at("since") == time_text(0s));
  BOOST_TEST(bench.retained().at("last_seen") == time_text(59s));
  BOOST_TEST(bench.retained().at("previous").is_null());
  BOOST_TEST(bench.retained().at("cause").is_null());
  BOOST_TEST(bench.retained().at("graceful").is_null());
  BOOST_TEST(bench.retained().at("next").is_null());
}

BOOST_AUTO_TEST_CASE(the_next_disconnect_starts_a_full_new_wait) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.at(59s);
  bench.end(bench.connect());
  bench.rows();
  bench.at(1h);
  BOOST_TEST(bench.rows() == Rows{"119 a online>offline client_disconnect"});
}

BOOST_AUTO_TEST_CASE(a_blip_tells_the_disconnect_that_it_made_good) {
  Bench bench(one_minute());
  bench.end(bench.connect(), Cause::connection_closed, true);
  bench.at(5s);
  bench.connect();
  const auto& row = std::get<RowAdded>(bench.last.at(0)).row;
  BOOST_TEST(row.kind == "blip");
  BOOST_TEST(row.cause == "connection_closed");
  BOOST_TEST(!row.graceful.value());
  BOOST_TEST(row.client_id == "client 1");
}

BOOST_AUTO_TEST_CASE(a_millisecond_before_the_wait_is_over_is_in_time_and_when_it_is_over_is_not) {
  Bench bench(one_minute());
  bench.end(bench.connect("a"));
  bench.end(bench.connect("b"));
  bench.rows();
  bench.at(1min - 1ms);
  bench.connect("a");
  BOOST_TEST(bench.rows() == Rows{"59.999 a online>online blip client_disconnect"});
  bench.at(1min);
  bench.connect("b");
  BOOST_TEST(bench.rows() == (Rows{"60 b online>offline client_disconnect", "60 b offline>online connect"}));
}

BOOST_AUTO_TEST_CASE(after_a_wait_of_nothing_no_reconnect_is_in_time) {
  Bench bench(lifecycle({status("online"), status("offline", 0s)}));
  bench.end(bench.connect());
  bench.rows();
  bench.connect();
  BOOST_TEST(bench.rows() == Rows{"0 a offline>online connect"});
}

BOOST_AUTO_TEST_CASE(a_reconnect_that_a_clock_puts_before_the_disconnect_cancels_the_wait) {
  Bench bench(one_minute());
  const auto id = bench.connect();
  bench.at(30s);
  bench.end(id);
  bench.rows();
  bench.at(10s);
  bench.connect();
  BOOST_TEST(bench.rows() == Rows{"30 a online>online blip client_disconnect"});
  BOOST_TEST(!bench.engine.next_deadline().has_value());
}

BOOST_AUTO_TEST_CASE(after_each_of_a_hundred_blips_the_wait_is_a_whole_one) {
  Bench bench(one_minute());
  for (int i = 0; i < 100; ++i) {
    bench.at(i * 59s);
    bench.end(bench.connect());
    BOOST_TEST(bench.retained().at("next").at("at") == time_text(i * 59s + 1min));
  }
  BOOST_TEST(bench.status_of() == "online");
  BOOST_TEST(bench.retained().at("since") == time_text(0s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
