// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {

BOOST_AUTO_TEST_SUITE(engine_rule6_report)

BOOST_AUTO_TEST_CASE(a_report_is_a_contact_followed_at_once_by_a_graceful_disconnect) {
  Bench bench(one_minute());
  bench.report();
  BOOST_TEST(bench.rows() == Rows{"0 a >online report"});
  const Json retained = bench.retained();
  BOOST_TEST(retained.at("status") == "online");
  BOOST_TEST(retained.at("connected") == false);
  BOOST_TEST(retained.at("cause") == "report");
  BOOST_TEST(retained.at("graceful") == true);
  BOOST_TEST(retained.at("last_seen") == time_text(0s));
  BOOST_TEST(retained.at("next") == Json({{"status", "offline"}, {"at", time_text(1min)}}));
  bench.at(2h);
  const Rows expected{"60 a online>offline report", "3660 a offline>inactive report"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(a_report_within_the_wait_starts_it_again_and_leaves_no_row) {
  Bench bench(one_minute());
  bench.report();
  bench.rows();
  bench.at(59s);
  bench.report();
  BOOST_TEST(bench.rows().empty());
  BOOST_TEST(bench.retained().at("last_seen") == time_text(59s));
  BOOST_TEST(bench.retained().at("since") == time_text(0s));
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(119s));
  bench.at(2min);
  BOOST_TEST(bench.rows() == Rows{"119 a online>offline report"});
}

BOOST_AUTO_TEST_CASE(the_wait_after_a_report_goes_by_the_graceful_branch) {
  auto definition = lifecycle({status("online"), status("standby", 5min), status("offline", 1h)});
  definition.on_graceful = Branch{1, 10s};
  definition.on_non_graceful = Branch{2, 20s};
  Bench bench(definition);
  bench.report();
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "standby"}, {"at", time_text(10s)}}));
}

BOOST_AUTO_TEST_CASE(a_report_after_a_disconnect_replaces_its_cause_and_its_connection) {
  Bench bench(one_minute());
  bench.end(bench.connect(), Cause::kicked);
  bench.at(10s);
  bench.report();
  BOOST_TEST(bench.retained().at("cause") == "report");
  BOOST_TEST(bench.retained().at("graceful") == true);
  bench.at(70s);
  const auto& row = std::get<RowAdded>(bench.last.at(0)).row;
  BOOST_TEST(row.cause == "report");
  BOOST_TEST(row.client_id.empty());
  BOOST_TEST(row.address.empty());
  BOOST_TEST(row.broker.empty());
}

BOOST_AUTO_TEST_CASE(a_connect_within_the_wait_after_a_report_makes_it_a_connected_device) {
  Bench bench(one_minute());
  bench.report();
  bench.at(10s);
  bench.rows();
  bench.connect();
  BOOST_TEST(bench.rows() == Rows{"10 a online>online blip report"});
  bench.at(1h);
  BOOST_TEST(bench.retained().at("connected") == true);
  BOOST_TEST(bench.rows().empty());
}

BOOST_AUTO_TEST_CASE(with_a_graceful_wait_of_nothing_a_report_passes_through_online) {
  Bench bench(lifecycle({status("online"), status("standby", 0s), status("offline", 1h)}));
  bench.at(7s);
  bench.report();
  const Rows expected{"7 a >online report", "7 a online>standby report"};
  BOOST_TEST(bench.rows() == expected);
  BOOST_TEST(bench.publishes() == 1);
}

BOOST_AUTO_TEST_CASE(a_sleeper_reports_once_a_day) {
  Bench bench(lifecycle(
      {status("online"), status("standby", 5min), status("offline", 24h), status("inactive", 24h * 90)}));
  bench.report();
  bench.at(24h);
  bench.report();
  bench.at(24h * 120);
  const Rows expected{"0 a >online report",
                      "300 a online>standby report",
                      "86400 a standby>online report",
                      "86700 a online>standby report",
                      "173100 a standby>offline report",
                      "7949100 a offline>inactive report"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(reports_in_the_same_millisecond_are_one) {
  Bench bench(one_minute());
  bench.report();
  bench.rows();
  const Json before = bench.retained();
  bench.report();
  Json after = bench.retained();
  after["seq"] = before.at("seq");
  BOOST_TEST(bench.rows().empty());
  BOOST_TEST(after == before);
}

BOOST_AUTO_TEST_CASE(a_report_at_the_instant_when_the_wait_is_over_comes_behind_that) {
  Bench bench(one_minute());
  bench.report();
  bench.rows();
  bench.at(1min);
  bench.report();
  BOOST_TEST(bench.rows() == (Rows{"60 a online>offline report", "60 a offline>online report"}));
}

BOOST_AUTO_TEST_CASE(a_report_is_waited_for_ten_years) {
  Bench bench(lifecycle({status("online"), status("offline", kTenYears)}));
  bench.report();
  bench.at(kTenYears - 1ms);
  BOOST_TEST(bench.status_of() == "online");
  bench.report();
  bench.at(2 * kTenYears - 2ms);
  BOOST_TEST(bench.status_of() == "online");
  bench.at(2 * kTenYears - 1ms);
  BOOST_TEST(bench.status_of() == "offline");
}

BOOST_AUTO_TEST_CASE(a_report_that_a_clock_puts_before_the_last_one_does_not_shorten_the_wait) {
  Bench bench(one_minute());
  bench.at(30s);
  bench.report();
  bench.at(0s);
  bench.report();
  BOOST_TEST(bench.retained().at("last_seen") == time_text(30s));
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(90s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
