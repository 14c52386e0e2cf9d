// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

/// Online → 5 min → Standby → 1 h → No data → 1 h → Offline; a report is due every 10 min, and 1 min of
/// grace.
TemplateDefinition reporting() {
  auto definition = lifecycle(
      {status("online"), status("standby", 5min), status("no_data", 1h), status("offline", 1h)}, "default");
  definition.report_every = 10min;
  definition.report_grace = 1min;
  definition.on_late = 2;
  return definition;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_rule7_late)

BOOST_AUTO_TEST_CASE(a_connected_device_that_does_not_report_is_late_after_interval_and_grace) {
  Bench bench(reporting());
  bench.connect();
  bench.rows();
  bench.at(11min - 1ms);
  BOOST_TEST(bench.rows().empty());
  bench.at(11min);
  BOOST_TEST(bench.rows() == Rows{"660 a online>no_data late_report"});
  const Json retained = bench.retained();
  BOOST_TEST(retained.at("connected") == true);
  BOOST_TEST(retained.at("cause").is_null());
  BOOST_TEST(retained.at("next").is_null());
  bench.at(100h);
  BOOST_TEST(bench.rows().empty());
}

BOOST_AUTO_TEST_CASE(each_report_gives_it_the_whole_time_again_and_publishes_nothing) {
  Bench bench(reporting());
  const auto id = bench.connect();
  bench.publishes();
  for (int i = 1; i <= 10; ++i) {
    bench.at(i * 10min);
    bench.active(id);
  }
  BOOST_TEST(bench.publishes() == 0);
  bench.rows();
  bench.at(111min);
  BOOST_TEST(bench.rows() == Rows{"6660 a online>no_data late_report"});
  BOOST_TEST(bench.retained().at("last_seen") == time_text(100min));
}

BOOST_AUTO_TEST_CASE(the_next_report_brings_it_back_online) {
  Bench bench(reporting());
  const auto id = bench.connect();
  bench.at(20min);
  bench.rows();
  bench.active(id);
  BOOST_TEST(bench.rows() == Rows{"1200 a no_data>online report"});
  bench.at(31min);
  BOOST_TEST(bench.rows() == Rows{"1860 a online>no_data late_report"});
  bench.report();  // by a gateway
  BOOST_TEST(bench.rows() == Rows{"1860 a no_data>online report"});
}

BOOST_AUTO_TEST_CASE(so_does_a_connect_and_a_takeover) {
  Bench bench(reporting());
  const auto first = bench.connect();
  bench.at(20min);
  bench.rows();
  bench.connect();
  bench.end(first, Cause::taken_over);
  BOOST_TEST(bench.rows() == Rows{"1200 a no_data>online connect"});
}

BOOST_AUTO_TEST_CASE(a_report_told_late_counts_from_when_it_was_made) {
  Bench bench(reporting());
  const auto id = bench.connect();
  bench.rows();
  bench.at(10min);
  bench.late(5min).active(id);
  bench.at(16min);
  BOOST_TEST(bench.rows() == Rows{"960 a online>no_data late_report"});
}

BOOST_AUTO_TEST_CASE(who_disconnects_while_late_goes_on_from_there) {
  Bench bench(reporting());  // both branches lead backwards, to standby
  const auto id = bench.connect();
  bench.at(20min);
  bench.rows();
  bench.end(id);
  BOOST_TEST(bench.status_of() == "no_data");
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "offline"}, {"at", time_text(80min)}}));
  bench.at(80min);
  BOOST_TEST(bench.rows() == Rows{"4800 a no_data>offline client_disconnect"});
}

BOOST_AUTO_TEST_CASE(a_branch_that_leads_forwards_holds_and_one_to_where_it_is_does_not) {
  auto definition = reporting();
  definition.on_graceful = Branch{3, 10s};
  definition.on_non_graceful = Branch{2, 10s};
  Bench bench(definition);
  bench.at(0s);
  const auto a = bench.connect("a");
  const auto b = bench.connect("b");
  bench.at(20min);
  bench.end(a);
  bench.end(b, Cause::kicked);
  BOOST_TEST(bench.retained("a").at("next") == Json({{"status", "offline"}, {"at", time_text(20min + 10s)}}));
  BOOST_TEST(bench.retained("b").at("next") == Json({{"status", "offline"}, {"at", time_text(80min)}}));
}

BOOST_AUTO_TEST_CASE(late_in_the_last_status_it_waits_for_nothing_when_it_leaves) {
  auto definition = reporting();
  definition.on_late = 3;
  Bench bench(definition);
  const auto id = bench.connect();
  bench.at(20min);
  bench.end(id);
  BOOST_TEST(bench.status_of() == "offline");
  BOOST_TEST(bench.retained().at("connected") == false);
  BOOST_TEST(bench.retained().at("next").is_null());
  BOOST_TEST(!bench.engine.next_deadline().has_value());
}

BOOST_AUTO_TEST_CASE(nobody_is_late_before_the_broker_has_told_what_was_published) {
  Bench bench(reporting());
  const auto id = bench.connect();
  bench.rows();
  bench.engine.set_activity_watermark(1, kStart);
  bench.at(30min);
  BOOST_TEST(bench.rows().empty());
  bench.late(20min).active(id);  // at 10 min
  bench.engine.set_activity_watermark(1, kStart + 20min);
  bench.at(31min);
  BOOST_TEST(bench.rows().empty());
  bench.engine.set_activity_watermark(1, kStart + 31min);
  bench.at(32min);
  BOOST_TEST(bench.rows() == Rows{"1260 a online>no_data late_report"});
}

BOOST_AUTO_TEST_CASE(whoever_leaves_has_told_all_that_it_published) {
  Bench bench(reporting());
  const auto id = bench.connect();
  bench.rows();
  bench.engine.set_activity_watermark(1, kStart);
  bench.at(12min);
  bench.end(id);
  BOOST_TEST(bench.rows() == Rows{"660 a online>no_data late_report"});
}

BOOST_AUTO_TEST_CASE(without_a_wait_it_is_late_at_once_and_a_report_at_the_same_instant_changes_nothing) {
  auto definition = reporting();
  definition.report_every = 0s;
  definition.report_grace.reset();
  Bench bench(definition);
  const auto id = bench.connect();
  const Rows expected{"0 a >online connect", "0 a online>no_data late_report"};
  BOOST_TEST(bench.rows() == expected);
  bench.active(id);
  BOOST_TEST(bench.rows().empty());
}

BOOST_AUTO_TEST_CASE(an_outage_makes_nobody_late) {
  Bench bench(reporting());
  bench.connect();
  bench.rows();
  bench.engine.set_activity_watermark(1, kStart + 1min);
  bench.handle(BrokerAway{1});
  bench.at(30min);
  bench.handle(BrokerReturned{1, 8, kStart + 1min, kStart + 30min});
  bench.engine.set_activity_watermark(1, kStart + 30min);
  bench.at(31min);
  BOOST_TEST(bench.rows().empty());
  bench.connect_as({1, 8, 50});
  bench.engine.set_activity_watermark(1, kStart + 100min);
  bench.at(100min);
  BOOST_TEST(bench.rows() == Rows{"2520 a online>no_data late_report"});
}

BOOST_AUTO_TEST_CASE(a_report_at_the_instant_when_it_is_late_comes_behind_that) {
  Bench bench(reporting());
  const auto id = bench.connect();
  bench.rows();
  bench.at(11min);
  bench.active(id);
  BOOST_TEST(bench.rows() == (Rows{"660 a online>no_data late_report", "660 a no_data>online report"}));
}

BOOST_AUTO_TEST_CASE(a_report_a_millisecond_before_is_in_time) {
  Bench bench(reporting());
  const auto id = bench.connect();
  bench.rows();
  bench.at(11min - 1ms);
  bench.active(id);
  bench.at(22min - 2ms);
  BOOST_TEST(bench.rows().empty());
  bench.at(22min - 1ms);
  BOOST_TEST(bench.rows() == Rows{"1319.999 a online>no_data late_report"});
}

BOOST_AUTO_TEST_CASE(ten_years_and_ten_years_of_grace_are_waited) {
  auto definition = reporting();
  definition.report_every = definition.report_grace = kTenYears;
  Bench bench(definition);
  bench.connect();
  bench.rows();
  bench.at(2 * kTenYears - 1ms);
  BOOST_TEST(bench.rows().empty());
  bench.at(2 * kTenYears);
  BOOST_TEST(bench.rows().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_report_that_a_clock_puts_before_the_last_one_changes_nothing) {
  Bench bench(reporting());
  const auto id = bench.connect();
  bench.at(10min);
  bench.active(id);
  bench.late(5min).active(id);
  bench.rows();
  bench.at(21min - 1ms);
  BOOST_TEST(bench.rows().empty());
  bench.at(21min);
  BOOST_TEST(bench.rows() == Rows{"1260 a online>no_data late_report"});
}

BOOST_AUTO_TEST_CASE(late_in_the_middle_of_a_hundred_statuses_it_goes_on_from_there) {
  auto definition = a_hundred_statuses(10s);
  definition.report_every = 1min;
  definition.on_late = 50;
  Bench bench(definition);
  const auto id = bench.connect();
  bench.at(1min);
  bench.rows();
  bench.end(id);
  bench.at(70s);
  BOOST_TEST(bench.rows() == Rows{"70 a s50>s51 client_disconnect"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
