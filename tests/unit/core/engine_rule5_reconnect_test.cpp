// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/engine_fixture.hpp"

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
  const auto& row = std::get<Record>(bench.last.at(0));
  BOOST_TEST(row.kind == "blip");
  BOOST_TEST(row.cause == "connection_closed");
  BOOST_TEST(!row.graceful.value());
  BOOST_TEST(row.client_id == "client 1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
