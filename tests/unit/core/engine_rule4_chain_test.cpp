// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/engine_fixture.hpp"

namespace rollcall::test {

BOOST_AUTO_TEST_SUITE(engine_rule4_chain)

BOOST_AUTO_TEST_CASE(each_status_is_entered_when_it_was_due_and_its_wait_starts_from_there) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.rows();
  bench.at(75s);
  BOOST_TEST(bench.retained().at("since") == time_text(60s));
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "inactive"}, {"at", time_text(1h + 60s)}}));
  bench.at(2h);
  const Rows expected{"60 a online>offline client_disconnect", "3660 a offline>inactive client_disconnect"};
  BOOST_TEST(bench.rows() == expected);
  BOOST_TEST(bench.retained().at("previous") == "offline");
}

BOOST_AUTO_TEST_CASE(the_last_status_stays_until_contact) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.at(2h);
  BOOST_TEST(bench.retained().at("next").is_null());
  BOOST_TEST(!bench.engine.next_deadline().has_value());
  bench.publishes();
  bench.at(24h * 365);
  BOOST_TEST(bench.publishes() == 0);
  BOOST_TEST(bench.status_of() == "inactive");
}

BOOST_AUTO_TEST_CASE(the_cause_of_the_disconnect_stays_all_along_the_chain) {
  Bench bench(one_minute());
  bench.end(bench.connect(), Cause::kicked);
  bench.at(2h);
  BOOST_TEST(bench.retained().at("cause") == "kicked");
  BOOST_TEST(bench.retained().at("graceful") == false);
  BOOST_TEST(bench.retained().at("connected") == false);
}

BOOST_AUTO_TEST_CASE(rows_on_the_chain_tell_the_connection_that_ended_last) {
  Bench bench(one_minute());
  const auto first = bench.connect();
  const auto second = bench.connect();
  bench.end(second);
  bench.end(first);
  bench.at(1min);
  const auto& row = std::get<Record>(bench.last.at(0));
  BOOST_TEST(row.client_id == "client 1");
  BOOST_TEST(row.address == "192.0.2.1");
  BOOST_TEST(row.broker.value() == 1U);
  BOOST_TEST(row.graceful.value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
