// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {

BOOST_AUTO_TEST_SUITE(engine_rule12_catching_up)

BOOST_AUTO_TEST_CASE(every_transition_gets_its_row_and_only_the_last_is_published) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.rows();
  bench.publishes();
  bench.at(24h);
  const Rows expected{"60 a online>offline client_disconnect", "3660 a offline>inactive client_disconnect"};
  BOOST_TEST(bench.rows() == expected);
  BOOST_TEST(bench.publishes() == 1);
  BOOST_TEST(bench.status_of() == "inactive");
  BOOST_TEST(bench.retained().at("since") == time_text(3660s));
}

BOOST_AUTO_TEST_CASE(rows_of_several_devices_come_in_the_order_of_time_and_payloads_once_each) {
  Bench bench(one_minute());
  const auto a = bench.connect("a");
  const auto b = bench.connect("b");
  bench.end(a);
  bench.at(30s);
  bench.end(b);
  bench.rows();
  bench.publishes();
  bench.at(24h);
  const Rows expected{"60 a online>offline client_disconnect", "90 b online>offline client_disconnect",
                      "3660 a offline>inactive client_disconnect",
                      "3690 b offline>inactive client_disconnect"};
  BOOST_TEST(bench.rows() == expected);
  BOOST_TEST(bench.publishes() == 2);
}

BOOST_AUTO_TEST_CASE(an_event_after_a_pause_finds_everything_caught_up) {
  Bench bench(one_minute());
  bench.end(bench.connect("a"));
  bench.rows();
  bench.publishes();
  Engine& engine = bench.engine;
  const auto effects = without_contacts(engine.handle(
      ConnectionOpened{{0, 0, 99}, "a", "default", kStart + 24h, 60s, "c", "", ""}, kStart + 24h));
  BOOST_REQUIRE(effects.size() == 4U);
  BOOST_TEST(std::get<RowAdded>(effects[0]).row.to == "offline");
  BOOST_TEST(std::get<RowAdded>(effects[1]).row.to == "inactive");
  BOOST_TEST(std::get<RowAdded>(effects[2]).row.from == "inactive");
  const Json retained = Json::parse(to_json(std::get<StatusChanged>(effects[3]).status));
  BOOST_TEST(retained.at("status") == "online");
  BOOST_TEST(retained.at("previous") == "inactive");
}

BOOST_AUTO_TEST_CASE(a_hundred_statuses_are_caught_up_with_in_one_call_each_at_its_time) {
  Bench bench(a_hundred_statuses(1min));
  bench.end(bench.connect());
  bench.rows();
  bench.publishes();
  bench.at(kTenYears);
  const Rows rows = bench.rows();
  BOOST_REQUIRE(rows.size() == 99U);
  BOOST_TEST(rows[0] == "60 a online>s1 client_disconnect");
  BOOST_TEST(rows[98] == "5940 a s98>offline client_disconnect");
  BOOST_TEST(bench.publishes() == 1);
}

BOOST_AUTO_TEST_CASE(what_was_due_in_the_same_millisecond_is_caught_up_with_in_the_order_of_scheduling) {
  Bench bench(lifecycle({status("online"), status("standby", 1min), status("offline", 0s)}));
  const auto a = bench.connect("a");
  const auto b = bench.connect("b");
  bench.end(b);
  bench.end(a);
  bench.rows();
  bench.at(1h);
  const Rows expected{"60 b online>standby client_disconnect", "60 a online>standby client_disconnect",
                      "60 b standby>offline client_disconnect", "60 a standby>offline client_disconnect"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(a_pause_that_ends_when_a_wait_does_catches_up_with_that_and_one_before_does_not) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.rows();
  bench.at(1h + 1min - 1ms);
  BOOST_TEST(bench.rows().size() == 1U);
  bench.at(1h + 1min);
  BOOST_TEST(bench.rows().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
