// SPDX-License-Identifier: Apache-2.0
// Rule 14, of a broker that stood still or whose wall clock was stepped: it is the same broker afterwards,
// and most connections go on.
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/two_brokers.hpp"

namespace rollcall::test {
namespace {

struct Stalls : TwoBrokers {
  /// Told when it goes on, before what it finds.
  void stall(std::uint32_t broker, Millis from, Millis until, Millis sweep = 2s) {
    engine.set_watermark(broker, kStart + from);
    engine.set_watermark(1 - broker, kStart + until);
    at(until);
    handle(BrokerStoodStill{broker, kStart + from, kStart + until, kStart + until + sweep});
    pass(until);
  }
  void lose_by_keepalive(std::uint32_t broker, std::uint64_t number) {
    off(broker, number, Cause::broker_lost);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(engine_rule14_stall, Stalls)

BOOST_AUTO_TEST_CASE(who_is_back_within_the_grace_was_never_away) {
  on(0, 1, "a");
  on(0, 2, "b");
  pass(10s);
  rows();
  publishes();
  stall(0, 10s, 22s);
  lose_by_keepalive(0, 1);
  BOOST_TEST(retained().at("connected") == true);
  BOOST_TEST(retained().at("next").is_null());
  pass(23s);
  on(0, 3, "a");
  BOOST_TEST(incidents.empty());  // there may be others
  pass(24s);
  BOOST_TEST_REQUIRE(incidents.size() == 1U);
  BOOST_TEST((incidents[0].affected == 1U && incidents[0].back == 1U));
  BOOST_TEST((incidents[0].began == kStart + 10s && incidents[0].ended == kStart + 22s));
  pass(1h);
  BOOST_TEST(rows() == Rows{});
  BOOST_TEST(publishes() == 0);
  BOOST_TEST(incidents.size() == 1U);
  off(0, 3);
  pass(1h + 60s);
  BOOST_TEST(rows() == Rows{"3660 a online>offline client_disconnect"});
}

BOOST_AUTO_TEST_CASE(who_is_not_is_gone_since_it_began_but_not_before_the_grace_is_over) {
  on(0, 1, "a");
  pass(10s);
  rows();
  stall(0, 10s, 22s);
  lose_by_keepalive(0, 1);
  pass(142s - 1ms);
  BOOST_TEST(retained().at("connected") == true);
  BOOST_TEST(rows() == Rows{});
  pass(142s);
  BOOST_TEST(rows() == Rows{"142 a online>offline broker_lost"});
  BOOST_TEST(retained().at("connected") == false);
  BOOST_TEST(retained().at("graceful") == false);
  BOOST_TEST(retained().at("last_seen") == time_text(0s));
  BOOST_TEST_REQUIRE(incidents.size() == 1U);
  BOOST_TEST((incidents[0].affected == 1U && incidents[0].back == 0U));
}

BOOST_AUTO_TEST_CASE(a_wait_longer_than_that_counts_from_when_it_began) {
  Bench bench(lifecycle({status("online"), status("offline", 10min)}));
  bench.connect_as({0, 1, 1});
  bench.at(22s);
  bench.handle(BrokerStoodStill{0, kStart + 10s, kStart + 22s, kStart + 24s});
  bench.end({0, 1, 1}, Cause::broker_lost);
  bench.at(142s);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(10s + 10min));
}

BOOST_AUTO_TEST_CASE(waits_stand_still_meanwhile) {
  on(0, 1, "a");
  off(0, 1);
  on(1, 1, "b");
  off(1, 1);
  pass(10s);
  stall(0, 10s, 22s);
  rows();
  pass(72s);
  BOOST_TEST(rows() ==
             (Rows{"60 b online>offline client_disconnect", "72 a online>offline client_disconnect"}));
  BOOST_TEST(incidents.empty());
}

BOOST_AUTO_TEST_CASE(what_was_due_before_happens_at_its_time_and_what_was_due_meanwhile_later) {
  on(0, 1, "a");
  off(0, 1);
  pass(5s);
  on(0, 2, "b");
  off(0, 2);
  rows();
  stall(0, 62s, 74s);
  pass(77s);
  BOOST_TEST(rows() ==
             (Rows{"60 a online>offline client_disconnect", "77 b online>offline client_disconnect"}));
}

BOOST_AUTO_TEST_CASE(a_step_of_the_clock_freezes_nothing) {
  on(0, 1, "a");
  off(0, 1);
  on(0, 2, "b");
  pass(10s);
  publishes();
  stall(0, 10s, 10s);
  lose_by_keepalive(0, 2);
  BOOST_TEST(publishes() == 0);
  rows();
  pass(130s);
  BOOST_TEST(rows() == (Rows{"60 a online>offline client_disconnect", "130 b online>offline broker_lost"}));
}

BOOST_AUTO_TEST_CASE(losses_of_the_next_sweep_have_the_same_grace) {
  on(0, 1, "a");
  on(0, 2, "b");
  pass(10s);
  stall(0, 10s, 22s, 7s);
  lose_by_keepalive(0, 1);
  pass(23s);
  on(0, 3, "a");
  pass(28s);
  lose_by_keepalive(0, 2);
  rows();
  pass(142s);
  BOOST_TEST(rows() == Rows{"142 b online>offline broker_lost"});
  BOOST_TEST_REQUIRE(incidents.size() == 1U);
  BOOST_TEST((incidents[0].affected == 2U && incidents[0].back == 1U));
}

BOOST_AUTO_TEST_CASE(a_grace_that_is_over_before_the_loss_is_found_leaves_the_wait) {
  Bench bench(one_minute());
  bench.engine = Engine({{one_minute()}, {"zero", "one"}, 0s, 100});
  bench.connect_as({0, 1, 1});
  bench.connect_as({0, 1, 2}, "b");
  bench.at(22s);
  bench.handle(BrokerStoodStill{0, kStart + 10s, kStart + 22s, kStart + 29s});
  bench.end({0, 1, 1}, Cause::broker_lost);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(70s));
  bench.at(28s);
  bench.end({0, 1, 2}, Cause::broker_lost);
  BOOST_TEST(bench.retained("b").at("connected") == false);
  BOOST_TEST(bench.retained("b").at("next").at("at") == time_text(70s));
  bench.at(29s);
  BOOST_TEST_REQUIRE(bench.incidents.size() == 1U);
  BOOST_TEST(bench.incidents[0].affected == 2U);
}

BOOST_AUTO_TEST_CASE(one_after_the_other_does_not_put_off_the_end_of_the_grace_for_ever) {
  on(0, 1, "a");
  on(0, 2, "b");
  pass(10s);
  stall(0, 10s, 20s);
  lose_by_keepalive(0, 1);
  stall(0, 100s, 110s);
  lose_by_keepalive(0, 2);
  rows();
  pass(150s);
  BOOST_TEST(rows() ==
             Rows{"150 a online>offline broker_lost"});  // 140, and the 10 s that it couldn't come back
  pass(230s);
  BOOST_TEST(rows() == Rows{"230 b online>offline broker_lost"});
  BOOST_TEST_REQUIRE(incidents.size() == 1U);
  BOOST_TEST((incidents[0].began == kStart + 10s && incidents[0].affected == 2U));
}

BOOST_AUTO_TEST_CASE(the_broker_ends_within_the_grace) {
  on(0, 1, "a");
  on(0, 2, "b");
  pass(10s);
  stall(0, 10s, 20s);
  lose_by_keepalive(0, 1);
  pass(30s);
  lose(0);
  pass(40s);
  bring_back(0);  // until 160
  rows();
  pass(100s);
  on(0, 1, "b");
  pass(160s);
  BOOST_TEST(rows() == Rows{"160 a online>offline broker_lost"});
  BOOST_TEST_REQUIRE(incidents.size() == 1U);
  BOOST_TEST((incidents[0].affected == 2U && incidents[0].back == 1U));
}

BOOST_AUTO_TEST_CASE(it_stands_still_within_the_grace_of_a_restart) {
  on(0, 1, "a");
  pass(10s);
  lose(0);
  pass(20s);
  bring_back(0);  // until 140
  pass(30s);
  stall(0, 30s, 40s);
  rows();
  pass(150s);
  BOOST_TEST(rows() == Rows{"150 a online>offline broker_lost"});
  BOOST_TEST(incidents.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_device_with_another_connection_was_never_lost) {
  on(0, 1, "a");
  on(1, 1, "a");
  pass(10s);
  stall(0, 10s, 22s);
  lose_by_keepalive(0, 1);
  rows();
  pass(10min);
  BOOST_TEST(rows() == Rows{});
  BOOST_TEST(incidents.empty());
  off(1, 1);
  BOOST_TEST(retained().at("connected") == false);
}

BOOST_AUTO_TEST_CASE(its_end_is_told_again_and_changes_nothing) {
  on(0, 1, "a");
  pass(10s);
  stall(0, 10s, 22s);
  lose_by_keepalive(0, 1);
  lose_by_keepalive(0, 1);
  off(0, 1, Cause::unknown);
  BOOST_TEST(retained().at("connected") == true);
  pass(142s);
  BOOST_TEST(incidents[0].affected == 1U);
  off(0, 1, Cause::client_disconnect);
  on(0, 1, "a");
  BOOST_TEST(retained().at("connected") == false);
}

BOOST_AUTO_TEST_CASE(other_ends_are_the_devices) {
  on(0, 1, "a");
  pass(10s);
  stall(0, 10s, 22s);
  off(0, 1, Cause::connection_closed);
  BOOST_TEST(retained().at("connected") == false);
  BOOST_TEST(retained().at("next").at("at") == time_text(82s));
}

BOOST_AUTO_TEST_CASE(reports_that_the_broker_could_not_read_are_not_late) {
  auto lazy = one_minute();
  lazy.report_every = 20s;
  lazy.on_late = 1;
  Bench bench(lazy);
  bench.connect_as({0, 1, 1});
  for (const std::uint32_t broker : {0U, 1U}) bench.engine.set_activity_watermark(broker, kStart + 19s);
  bench.at(31s);
  bench.rows();
  bench.handle(BrokerStoodStill{0, kStart + 19s, kStart + 31s, kStart + 33s});
  bench.active({0, 1, 1});
  for (const std::uint32_t broker : {0U, 1U}) bench.engine.set_activity_watermark(broker, kStart + 1h);
  bench.at(51s - 1ms);
  BOOST_TEST(bench.rows() == Rows{});
  bench.at(51s);
  BOOST_TEST(bench.rows() == Rows{"51 a online>offline late_report"});
}

BOOST_AUTO_TEST_CASE(a_restart_within_the_grace_goes_on_from_there) {
  on(0, 1, "a");
  on(0, 2, "b");
  pass(10s);
  stall(0, 10s, 20s);
  lose_by_keepalive(0, 1);
  stall(0, 100s, 110s);
  lose_by_keepalive(0, 2);
  Engine next({{one_minute()}, {"zero", "one"}, 2min, 1000});
  next.advance(kStart + 110s);
  engine.for_each_record([&](const DeviceRecord& record) { BOOST_TEST(next.restore(record)); });
  next.restore_outage(0, 100, *engine.outage_of(0));
  BOOST_TEST((next.outage_of(0) == engine.outage_of(0)));
  next.for_each_record([&](const DeviceRecord& record) { BOOST_TEST(!record.connections.empty()); });
  BOOST_TEST(!next.has_changes());
  engine = std::move(next);
  rows();
  pass(230s);
  BOOST_TEST(rows() == (Rows{"150 a online>offline broker_lost", "230 b online>offline broker_lost"}));
  BOOST_TEST_REQUIRE(incidents.size() == 1U);
  BOOST_TEST(incidents[0].affected == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
