// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {

BOOST_AUTO_TEST_SUITE(engine_rule1_contact)

BOOST_AUTO_TEST_CASE(a_connect_makes_an_unknown_device_online_at_once) {
  Bench bench(one_minute());
  bench.at(5s);
  bench.connect();
  BOOST_TEST(bench.rows() == Rows{"5 a >online connect"});
  const Json retained = bench.retained();
  BOOST_TEST(retained.at("status") == "online");
  BOOST_TEST(retained.at("connected") == true);
  BOOST_TEST(retained.at("since") == time_text(5s));
  BOOST_TEST(retained.at("last_seen") == time_text(5s));
  BOOST_TEST(retained.at("previous").is_null());
  BOOST_TEST(retained.at("cause").is_null());
  BOOST_TEST(retained.at("graceful").is_null());
  BOOST_TEST(retained.at("next").is_null());
}

BOOST_AUTO_TEST_CASE(a_connect_brings_a_device_back_from_any_status) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.at(2h);
  BOOST_TEST(bench.status_of() == "inactive");
  bench.rows();
  bench.connect();
  BOOST_TEST(bench.rows() == Rows{"7200 a inactive>online connect"});
  BOOST_TEST(bench.retained().at("previous") == "inactive");
  BOOST_TEST(bench.retained().at("since") == time_text(2h));
}

BOOST_AUTO_TEST_CASE(a_report_brings_a_device_back_and_its_wait_begins_at_once) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.at(10min);
  bench.rows();
  bench.report();
  BOOST_TEST(bench.rows() == Rows{"600 a offline>online report"});
  BOOST_TEST(bench.retained().at("connected") == false);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(11min));
}

BOOST_AUTO_TEST_CASE(a_report_of_a_connected_device_moves_last_seen_only_and_publishes_nothing) {
  Bench bench(one_minute());
  const auto id = bench.connect();
  bench.connect("b");
  bench.rows();
  bench.publishes();
  bench.at(30s);
  bench.report();
  BOOST_TEST(bench.last.empty());
  BOOST_TEST(!bench.engine.next_deadline().has_value());
  bench.end(id, Cause::broker_lost);
  BOOST_TEST(bench.retained().at("last_seen") == time_text(30s));
}

BOOST_AUTO_TEST_CASE(a_connected_device_never_moves_along_the_chain) {
  Bench bench(one_minute());
  bench.connect();
  bench.publishes();
  bench.at(24h * 3650);
  BOOST_TEST(bench.status_of() == "online");
  BOOST_TEST(bench.publishes() == 0);
}

BOOST_AUTO_TEST_CASE(without_online_on_report_a_report_of_an_unknown_device_is_ignored) {
  auto definition = one_minute();
  definition.online_on_report = false;
  Bench bench(definition);
  bench.report();
  BOOST_TEST(!bench.is_known());
  BOOST_TEST(bench.engine.device_count() == 0U);
}

BOOST_AUTO_TEST_CASE(without_online_on_report_a_report_moves_last_seen_and_no_wait) {
  auto definition = one_minute();
  definition.online_on_report = false;
  Bench bench(definition);
  bench.end(bench.connect());
  bench.rows();
  bench.at(30s);
  bench.report();
  BOOST_TEST(bench.last.empty());
  bench.at(1min);
  BOOST_TEST(bench.rows() == Rows{"60 a online>offline client_disconnect"});
  BOOST_TEST(bench.retained().at("last_seen") == time_text(30s));
}

BOOST_AUTO_TEST_CASE(contacts_in_the_same_millisecond_are_one_with_a_blip_between_them) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.connect();
  BOOST_TEST(bench.rows() == (Rows{"0 a >online connect", "0 a online>online blip client_disconnect"}));
  BOOST_TEST(bench.retained().at("connected") == true);
  BOOST_TEST(bench.retained().at("since") == time_text(0s));
  BOOST_TEST(!bench.engine.next_deadline().has_value());
}

BOOST_AUTO_TEST_CASE(a_connect_brings_a_device_back_from_the_last_of_a_hundred_statuses_after_ten_years) {
  Bench bench(a_hundred_statuses(1s));
  bench.end(bench.connect());
  bench.at(kTenYears);
  BOOST_TEST(bench.status_of() == "offline");
  bench.rows();
  bench.connect();
  BOOST_TEST(bench.rows() == Rows{"316224000 a offline>online connect"});
}

BOOST_AUTO_TEST_CASE(a_contact_before_the_last_one_by_its_time_counts_at_that) {
  Bench bench(one_minute());
  bench.at(30s);
  bench.report();
  bench.late(20s).report();
  BOOST_TEST(bench.retained().at("last_seen") == time_text(30s));
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(90s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
