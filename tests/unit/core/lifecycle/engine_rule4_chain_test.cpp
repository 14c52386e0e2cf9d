// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

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
  const auto& row = std::get<RowAdded>(bench.last.at(0)).row;
  BOOST_TEST(row.client_id == "client 1");
  BOOST_TEST(row.address == "192.0.2.1");
  BOOST_TEST(row.broker == "one");
  BOOST_TEST(row.graceful.value());
}

BOOST_AUTO_TEST_CASE(a_hundred_statuses_are_entered_one_after_the_other) {
  Bench bench(a_hundred_statuses(10s));
  bench.end(bench.connect());
  bench.rows();
  for (int i = 1; i < 99; ++i) {
    bench.at(i * 10s);
    BOOST_TEST(bench.status_of() == fmt::format("s{}", i));
  }
  bench.at(990s);
  BOOST_TEST(bench.status_of() == "offline");
  BOOST_TEST(bench.retained().at("previous") == "s98");
  BOOST_TEST(bench.rows().size() == 99U);
  BOOST_TEST(!bench.engine.next_deadline().has_value());
}

BOOST_AUTO_TEST_CASE(a_hundred_waits_of_nothing_are_over_in_one_millisecond_with_one_payload) {
  Bench bench(a_hundred_statuses(0s));
  const auto id = bench.connect();
  bench.at(3s);
  bench.rows();
  bench.publishes();
  bench.end(id);
  const Rows rows = bench.rows();
  BOOST_REQUIRE(rows.size() == 99U);
  BOOST_TEST(rows.front() == "3 a online>s1 client_disconnect");
  BOOST_TEST(rows.back() == "3 a s98>offline client_disconnect");
  BOOST_TEST(bench.publishes() == 1);
}

BOOST_AUTO_TEST_CASE(ninety_nine_waits_of_ten_years_end_to_the_millisecond) {
  Bench bench(a_hundred_statuses(kTenYears));
  bench.end(bench.connect());
  bench.at(99 * kTenYears - 1ms);
  BOOST_TEST(bench.status_of() == "s98");
  bench.at(99 * kTenYears);
  BOOST_TEST(bench.status_of() == "offline");
  BOOST_TEST(bench.retained().at("since") == time_text(99 * kTenYears));
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_enters_nothing_twice) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.at(1min);
  bench.rows();
  bench.at(0s);
  bench.at(1min);
  BOOST_TEST(bench.rows().empty());
  bench.at(1h + 1min);
  BOOST_TEST(bench.rows() == Rows{"3660 a offline>inactive client_disconnect"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
