// SPDX-License-Identifier: Apache-2.0
// Rule 14, of devices that are connected at several brokers: what a connection at a broker that is away
// counts for beside those at others.
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/two_brokers.hpp"

namespace rollcall::test {
namespace {

/// Device "a" was connected at both; the first one is away, and at the second one it has left.
struct Detached : TwoBrokers {
  Detached() {
    on(0, 1, "a");
    on(1, 1, "a");
    pass(10s);
    lose(0);
    pass(20s);
    off(1, 1, Cause::connection_closed);
    pass(30s);
    rows();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(engine_rule14_several_brokers, TwoBrokers)

BOOST_AUTO_TEST_CASE(who_goes_over_and_leaves_there_has_left_though_the_first_broker_is_still_away) {
  on(0, 1, "a");
  pass(10s);
  lose(0);
  pass(20s);
  on(1, 1, "a");
  pass(30s);
  off(1, 1);
  BOOST_TEST(retained().at("connected") == false);
  rows();
  pass(90s);
  BOOST_TEST(rows() == Rows{"90 a online>offline client_disconnect"});
}

BOOST_AUTO_TEST_CASE(a_connection_at_a_broker_that_is_away_does_not_count_beside_another) {
  on(0, 1, "a");
  on(1, 1, "a");
  pass(10s);
  lose(0);
  pass(20s);
  off(1, 1);
  BOOST_TEST(retained().at("connected") == false);
  // It was only the link: it has been connected all along.
  pass(30s);
  find(0);
  BOOST_TEST(retained().at("connected") == false);
  listed(0);
  BOOST_TEST(retained().at("connected") == true);
  pass(5min);
  BOOST_TEST(rows() == (Rows{"0 a >online connect", "20 a online>online blip client_disconnect"}));
  off(0, 1);
  BOOST_TEST(retained().at("connected") == false);
}

BOOST_AUTO_TEST_CASE(an_outage_that_freezes_a_wait_does_not_make_the_disconnect_a_later_one) {
  on(0, 1, "a");
  on(1, 1, "a");
  pass(10s);
  lose(0);
  pass(20s);
  off(1, 1);
  pass(21s);
  lose(1);
  pass(30s);
  bring_back(1);  // its wait has stood still for 9 s
  pass(31s);
  find(0);
  off_at(25s, 0, 1, Cause::connection_closed);  // it had outlived the one at the second broker
  BOOST_TEST(retained().at("cause") == "connection_closed");
  rows();
  pass(84s);
  BOOST_TEST(rows() == Rows{});
  pass(85s);
  BOOST_TEST(rows() == Rows{"85 a online>offline connection_closed"});
}

BOOST_AUTO_TEST_CASE(old_news_of_one_broker_do_not_end_a_later_connection_at_another_that_is_away) {
  pass(10s);
  lose(0);
  pass(20s);
  on(1, 1, "a");
  pass(21s);
  lose(1);
  pass(30s);
  rows();
  // At the first one it was before, and left in time.
  find(0);
  handle(ConnectionOpened{{0, 100, 1}, "a", "default", kStart + 18s, 60s, "a", "", ""});
  handle(ConnectionEnded{{0, 100, 1}, kStart + 19s, Cause::client_disconnect, false});
  BOOST_TEST(retained().at("connected") == true);
  pass(5min);
  find(1);
  BOOST_TEST(rows() == Rows{});
  off(1, 1);
  BOOST_TEST(retained().at("connected") == false);
}

BOOST_AUTO_TEST_CASE(who_was_connected_here_after_the_other_broker_was_lost_has_gone_over) {
  pass(10s);
  lose(0);
  pass(20s);
  on(1, 1, "a");
  pass(21s);
  lose(1);
  pass(30s);
  find(0);
  handle(ConnectionOpened{{0, 100, 1}, "a", "default", kStart + 18s, 60s, "a", "", ""});
  handle(ConnectionEnded{{0, 100, 1}, kStart + 25s, Cause::client_disconnect, false});
  BOOST_TEST(retained().at("connected") == false);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(engine_rule14_detached, Detached)

BOOST_AUTO_TEST_CASE(what_ended_later_was_the_end_of_the_device) {
  find(0);
  off_at(25s, 0, 1, Cause::keepalive_timeout);
  listed(0);
  BOOST_TEST(retained().at("connected") == false);
  BOOST_TEST(retained().at("cause") == "keepalive_timeout");
  BOOST_TEST(retained().at("next").at("at") == time_text(60s));  // nothing was heard since it connected
  BOOST_TEST(rows() == Rows{"20 a online>online blip connection_closed"});
}

BOOST_AUTO_TEST_CASE(what_ended_before_changes_nothing) {
  const auto before = retained();
  find(0);
  off_at(15s, 0, 1);
  listed(0);
  BOOST_TEST(retained() == before);
  pass(5min);
  BOOST_TEST(rows() == Rows{"80 a online>offline connection_closed"});
}

BOOST_AUTO_TEST_CASE(what_was_said_in_error_ends_where_it_lives_on) {
  pass(5min);
  BOOST_TEST(rows() == Rows{"80 a online>offline connection_closed"});
  find(0);
  listed(0);
  BOOST_TEST(rows() == Rows{"80 a offline>online connect"});
  BOOST_TEST(retained().at("connected") == true);
  off(0, 1);
  BOOST_TEST(retained().at("connected") == false);
}

BOOST_AUTO_TEST_CASE(what_it_said_later_shows_that_it_lived) {
  find(0);
  handle(Declared{{0, 100, 1}, kStart + 25s, R"({"status":"offline"})"});
  BOOST_TEST(retained().at("connected") == true);
  off_at(28s, 0, 1);
  listed(0);
  BOOST_TEST(retained().at("since") == time_text(28s));
  BOOST_TEST(rows() == (Rows{"20 a online>online blip connection_closed", "28 a online>offline declared"}));
}

BOOST_AUTO_TEST_CASE(what_it_said_before_changes_nothing) {
  const auto before = retained();
  find(0);
  handle(Active{{0, 100, 1}, kStart + 15s});
  handle(Declared{{0, 100, 1}, kStart + 15s, R"({"status":"offline"})"});
  BOOST_TEST(retained() == before);
}

BOOST_AUTO_TEST_CASE(a_new_connection_elsewhere_is_not_disturbed) {
  on(1, 2, "a");
  find(0);
  off_at(25s, 0, 1);
  listed(0);
  BOOST_TEST(retained().at("connected") == true);
  off(1, 2);
  BOOST_TEST(retained().at("cause") == "client_disconnect");
}

BOOST_AUTO_TEST_CASE(who_was_there_when_the_other_broker_was_lost_does_not_miss_it) {
  on(1, 2, "a");
  lose(1);
  pass(40s);
  bring_back(1);
  find(0);
  off_at(35s, 0, 1);
  listed(0);
  BOOST_TEST(retained().at("cause") == "client_disconnect");
  BOOST_TEST(retained().at("next").at("at") == time_text(95s));
  BOOST_TEST_REQUIRE(incidents.size() == 1U);
  BOOST_TEST(incidents[0].back == 1U);
}

BOOST_AUTO_TEST_CASE(who_had_left_it_before_does) {
  on(1, 2, "a");
  lose(1);
  pass(40s);
  bring_back(1);
  find(0);
  off_at(25s, 0, 1);
  listed(0);
  BOOST_TEST(retained().at("connected") == true);
  pass(40s + 2min);
  BOOST_TEST(retained().at("cause") == "broker_lost");
}

BOOST_AUTO_TEST_CASE(with_a_boot_that_is_over_it_is_over) {
  bring_back(0);
  listed(0);
  BOOST_TEST(retained().at("connected") == false);
  BOOST_TEST(retained().at("cause") == "connection_closed");
}

BOOST_AUTO_TEST_CASE(of_a_device_that_is_forgotten_it_is_told_again) {
  const auto effects = engine.apply(ForgetDevice{"a"}, kStart + 30s).value();
  BOOST_TEST_REQUIRE(effects.size() == 2U);
  BOOST_TEST((std::get<ConnectionDropped>(effects[0]).connection == ConnectionId{0, 100, 1}));
  find(0);
  off_at(31s, 0, 1);
  listed(0);
  BOOST_TEST(!engine.knows("a"));
}

BOOST_AUTO_TEST_CASE(the_next_bridge_knows_of_it) {
  DeviceRecord record;
  engine.for_each_record([&](const DeviceRecord& each) { record = each; });
  BOOST_REQUIRE(record.detached.size() == 1U);
  TwoBrokers next;
  next.lose(0);
  BOOST_REQUIRE(next.engine.restore(record));
  next.pass(30s);
  next.find(0);
  next.off_at(25s, 0, 1);
  next.listed(0);
  BOOST_TEST(next.retained().at("cause") == "client_disconnect");
  BOOST_TEST(next.retained().at("next").at("at") == time_text(85s));
  std::vector<DeviceRecord> changes = next.engine.take_changes();
  BOOST_REQUIRE(changes.size() == 1U);
  BOOST_TEST(changes[0].detached.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
