// SPDX-License-Identifier: Apache-2.0
// Rule 14: when a broker goes away, its devices aren't to blame.
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/two_brokers.hpp"

namespace rollcall::test {
BOOST_FIXTURE_TEST_SUITE(engine_rule14_outage, TwoBrokers)

BOOST_AUTO_TEST_CASE(who_comes_back_within_the_grace_was_never_away) {
  on(0, 1, "a");
  pass(10s);
  publishes();
  rows();
  lose(0);
  pass(300s);
  bring_back(0);
  pass(419s);
  on(0, 1, "a");
  pass(2h);
  BOOST_TEST(rows() == Rows{});
  BOOST_TEST(publishes() == 0);
  BOOST_TEST(status_of() == "online");
  BOOST_TEST_REQUIRE(incidents.size() == 1U);
  BOOST_TEST(incidents[0].affected == 1U);
  BOOST_TEST(incidents[0].back == 1U);
  BOOST_TEST((incidents[0].began == kStart + 10s && incidents[0].ended == kStart + 300s));
}

BOOST_AUTO_TEST_CASE(who_does_not_is_gone_since_the_outage_began_but_not_before_the_grace_is_over) {
  on(0, 1, "a");
  pass(10s);
  lose(0);
  pass(300s);
  bring_back(0);
  pass(419s);
  BOOST_TEST(retained().at("connected") == true);
  BOOST_TEST(retained().at("next").is_null());
  rows();
  pass(420s);
  BOOST_TEST(rows() == Rows{"420 a online>offline broker_lost"});
  BOOST_TEST(retained().at("connected") == false);
  BOOST_TEST(retained().at("graceful") == false);
  BOOST_TEST(retained().at("since") == time_text(420s));
  BOOST_TEST(retained().at("last_seen") == time_text(0s));
  BOOST_TEST_REQUIRE(incidents.size() == 1U);
  BOOST_TEST(incidents[0].affected == 1U);
  BOOST_TEST(incidents[0].back == 0U);
  pass(420s + 1h);
  BOOST_TEST(status_of() == "inactive");
}

BOOST_AUTO_TEST_CASE(a_wait_longer_than_outage_and_grace_counts_from_the_beginning_of_the_outage) {
  Bench bench(lifecycle({status("online"), status("offline", 10min)}));
  bench.connect_as({0, 1, 1});
  bench.at(10s);
  bench.at(40s);
  bench.handle(BrokerReturned{0, 2, kStart + 10s, kStart + 40s});
  bench.at(160s);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(10s + 10min));
  BOOST_TEST(bench.retained().at("connected") == false);
  bench.at(10s + 10min);
  BOOST_TEST(bench.status_of() == "offline");
}

BOOST_AUTO_TEST_CASE(waits_stand_still_while_the_broker_is_away) {
  on(0, 1, "a");
  off(0, 1);
  pass(20s);
  lose(0);
  pass(10min);
  BOOST_TEST(status_of() == "online");
  bring_back(0);
  BOOST_TEST(retained().at("next").at("at") == time_text(10min + 40s));
  rows();
  pass(10min + 40s);
  BOOST_TEST(rows() == Rows{"640 a online>offline client_disconnect"});
}

BOOST_AUTO_TEST_CASE(what_was_due_before_the_outage_happens_at_its_time) {
  on(0, 1, "a");
  off(0, 1);
  pass(59s);
  engine.set_watermark(0, kStart + 61s);  // heard of until then, and then no more
  lose(0);
  rows();
  at(10min);
  handle(BrokerReturned{0, 101, kStart + 61s, kStart + 10min});
  BOOST_TEST(rows() == Rows{"60 a online>offline client_disconnect"});
}

BOOST_AUTO_TEST_CASE(waits_of_another_broker_go_on) {
  on(1, 1, "b");
  off(1, 1);
  lose(0);
  pass(60s);
  BOOST_TEST(status_of("b") == "offline");
}

BOOST_AUTO_TEST_CASE(nothing_is_published_while_it_is_not_known_what_has_gone) {
  on(0, 1, "a");
  on(0, 2, "b");
  off(0, 2);
  pass(10s);
  lose(0);
  publishes();
  pass(10min);
  BOOST_TEST(publishes() == 0);
  BOOST_TEST(retained("a").at("connected") == true);
}

BOOST_AUTO_TEST_CASE(where_only_the_link_was_away_the_wait_has_gone_on) {
  on(0, 1, "a");
  off(0, 1);
  pass(10s);
  lose(0);
  pass(10min);
  find(0);
  rows();
  pass(10min);
  BOOST_TEST(rows() == Rows{"60 a online>offline client_disconnect"});
  BOOST_TEST(incidents.empty());
}

BOOST_AUTO_TEST_CASE(who_goes_over_to_another_broker_meanwhile_was_never_away) {
  on(0, 1, "a");
  pass(10s);
  lose(0);
  pass(20s);
  rows();
  on(1, 1, "a");
  pass(100s);
  bring_back(0);
  pass(1h);
  BOOST_TEST(rows() == Rows{});
  BOOST_TEST(retained().at("connected") == true);
  BOOST_TEST_REQUIRE(incidents.size() == 1U);
  BOOST_TEST(incidents[0].affected == 1U);
  BOOST_TEST(incidents[0].back == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_told_of_the_boot_that_is_over_changes_nothing) {
  on(0, 1, "a");
  pass(10s);
  lose(0);
  pass(20s);
  bring_back(0);
  publishes();
  end({0, 100, 1}, Cause::client_disconnect);
  connect_as({0, 100, 2}, "other");
  BOOST_TEST(publishes() == 0);
  BOOST_TEST(!is_known("other"));
  BOOST_TEST(retained("a").at("connected") == true);
}

BOOST_AUTO_TEST_CASE(a_second_outage_within_the_grace_begins_it_anew_and_one_notice_tells_of_both) {
  on(0, 1, "a");
  on(0, 2, "b");
  pass(10s);
  lose(0);
  pass(20s);
  bring_back(0);  // until 140
  pass(100s);
  on(0, 1, "b");
  pass(110s);
  lose(0);
  pass(200s);
  bring_back(0);  // until 320
  pass(319s);
  BOOST_TEST(incidents.empty());
  rows();
  pass(320s);
  BOOST_TEST(rows() == (Rows{"320 a online>offline broker_lost", "320 b online>offline broker_lost"}));
  BOOST_TEST_REQUIRE(incidents.size() == 1U);
  BOOST_TEST(incidents[0].affected == 2U);
  BOOST_TEST((incidents[0].began == kStart + 10s));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_grace_waits_for_the_brokers_news) {
  on(0, 1, "a");
  pass(10s);
  lose(0);
  pass(20s);
  bring_back(0);  // until 140
  at(150s);       // nothing has been heard since
  BOOST_TEST(retained().at("connected") == true);
  BOOST_TEST((engine.waiting_for_watermark(0) == kStart + 140s));
  BOOST_TEST(!engine.next_deadline().has_value());
  late(12s).connect_as({0, 101, 1}, "a");  // came at 138
  engine.set_watermark(0, kStart + 150s);
  rows();
  at(151s);
  BOOST_TEST(rows() == Rows{});
  BOOST_TEST(retained().at("connected") == true);
}

BOOST_AUTO_TEST_CASE(an_outage_that_cut_nobody_is_no_incident) {
  on(0, 1, "a");
  off(0, 1);
  lose(0);
  pass(10s);
  bring_back(0);
  pass(1h);
  BOOST_TEST(incidents.empty());
}

BOOST_AUTO_TEST_CASE(an_outage_of_no_time_at_all_still_has_its_grace) {
  on(0, 1, "a");
  pass(10s);
  lose(0);
  bring_back(0);
  rows();
  pass(130s - 1ms);
  BOOST_TEST(retained().at("connected") == true);
  pass(130s);
  BOOST_TEST(rows() == Rows{"130 a online>offline broker_lost"});
}

BOOST_AUTO_TEST_CASE(who_comes_back_in_the_last_millisecond_of_the_grace_is_back_and_at_its_end_is_not) {
  on(0, 1, "a");
  on(0, 2, "b");
  pass(10s);
  lose(0);
  pass(20s);
  bring_back(0);
  rows();
  pass(140s - 1ms);
  on(0, 1, "a");
  BOOST_TEST(rows().empty());
  pass(140s);
  on(0, 2, "b");
  BOOST_TEST(rows() == (Rows{"140 b online>offline broker_lost", "140 b offline>online connect"}));
}

BOOST_AUTO_TEST_CASE(without_a_grace_who_was_connected_is_gone_as_soon_as_the_broker_is_back) {
  Bench bench(one_minute());
  bench.engine = Engine({{one_minute()}, {"zero", "one"}, 0s, 100});
  bench.connect_as({0, 1, 1});
  bench.at(10min);
  bench.rows();
  bench.handle(BrokerReturned{0, 2, kStart + 10s, kStart + 10min});
  BOOST_TEST(bench.rows() == Rows{"600 a online>offline broker_lost"});
}

BOOST_AUTO_TEST_CASE(a_wait_that_was_over_when_the_broker_was_lost_is_over_and_a_millisecond_more_is_frozen) {
  on(0, 1, "a");
  off(0, 1);
  pass(1ms);
  on(0, 2, "b");
  off(0, 2);
  rows();
  pass(60s);
  BOOST_TEST(rows() == Rows{"60 a online>offline client_disconnect"});
  lose(0);
  pass(10min);
  bring_back(0);
  BOOST_TEST(retained("b").at("next").at("at") == time_text(10min + 1ms));
  pass(10min + 1ms);
  BOOST_TEST(rows() == Rows{"600.001 b online>offline client_disconnect"});
}

BOOST_AUTO_TEST_CASE(times_that_go_back_are_an_outage_of_no_time) {
  on(0, 1, "a");
  off(0, 1);
  pass(20s);
  handle(BrokerReturned{0, 101, kStart + 20s, kStart + 5s});  // back before it was lost
  BOOST_TEST(retained().at("next").at("at") == time_text(60s));
  handle(BrokerReturned{0, 102, kStart + 1h, kStart + 2h});  // both are still to come
  BOOST_TEST(retained().at("next").at("at") == time_text(60s));
}

BOOST_AUTO_TEST_CASE(a_wait_of_ten_years_is_frozen_for_ten_years) {
  Bench bench(lifecycle({status("online"), status("offline", kTenYears)}));
  bench.connect_as({0, 1, 1});
  bench.end({0, 1, 1});
  bench.engine.set_watermark(0, kStart);
  bench.handle(BrokerAway{0});
  bench.at(kTenYears);
  BOOST_TEST(bench.status_of() == "online");
  bench.handle(BrokerReturned{0, 2, kStart, kStart + kTenYears});
  bench.engine.set_watermark(0, kStart + 3 * kTenYears);
  bench.at(2 * kTenYears - 1ms);
  BOOST_TEST(bench.status_of() == "online");
  bench.at(2 * kTenYears);
  BOOST_TEST(bench.status_of() == "offline");
}

BOOST_AUTO_TEST_CASE(a_wait_of_nothing_is_over_when_the_grace_is) {
  Bench bench(lifecycle({status("online"), status("standby", 0s), status("offline", 0s)}));
  bench.connect_as({0, 1, 1});
  bench.at(10s);
  bench.rows();
  bench.handle(BrokerReturned{0, 2, kStart + 5s, kStart + 10s});
  bench.at(1h);
  const Rows expected{"130 a online>standby broker_lost", "130 a standby>offline broker_lost"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
