// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {

BOOST_AUTO_TEST_SUITE(engine_rule13_order)

BOOST_AUTO_TEST_CASE(the_end_of_an_unknown_connection_changes_nothing) {
  Bench bench(one_minute());
  bench.connect();
  bench.end(ConnectionId{9, 9, 9});
  BOOST_TEST(bench.last.empty());
  BOOST_TEST(!bench.engine.next_deadline().has_value());
}

BOOST_AUTO_TEST_CASE(a_second_end_of_a_connection_changes_nothing) {
  Bench bench(one_minute());
  const auto id = bench.connect();
  bench.end(id);
  bench.at(30s);
  bench.end(id, Cause::keepalive_timeout);
  BOOST_TEST(bench.last.empty());
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(1min));
}

BOOST_AUTO_TEST_CASE(connections_are_told_apart_by_broker_boot_and_number) {
  Bench bench(one_minute());
  const ConnectionId id{1, 7, 50};
  bench.connect_as(id);
  for (const ConnectionId other : {ConnectionId{2, 7, 50}, ConnectionId{1, 8, 50}, ConnectionId{1, 7, 51}}) {
    bench.end(other);
    BOOST_TEST(bench.last.empty());
  }
  bench.end(id);
  BOOST_TEST(bench.retained().at("connected") == false);
}

BOOST_AUTO_TEST_CASE(the_same_connection_opened_twice_counts_once) {
  Bench bench(one_minute());
  const auto id = bench.connect();
  bench.at(5s);
  bench.connect_as(id);
  BOOST_TEST(bench.last.empty());
  bench.end(id);
  BOOST_TEST(bench.retained().at("connected") == false);
}

BOOST_AUTO_TEST_CASE(a_connection_that_has_ended_is_not_opened_again) {
  Bench bench(one_minute());
  const auto id = bench.connect();
  bench.end(id);
  bench.at(5s);
  bench.connect_as(id);
  BOOST_TEST(bench.last.empty());
  BOOST_TEST(bench.retained().at("connected") == false);
}

BOOST_AUTO_TEST_CASE(a_takeover_changes_nothing) {
  Bench bench(one_minute());
  const auto old = bench.connect();
  bench.rows();
  bench.publishes();
  bench.at(5s);
  const auto current = bench.connect();
  bench.at(8s);
  bench.end(old, Cause::taken_over);
  bench.at(1h);
  BOOST_TEST(bench.rows().empty());
  BOOST_TEST(bench.publishes() == 0);
  bench.end(current, Cause::broker_lost);
  BOOST_TEST(bench.retained().at("last_seen") == time_text(5s));
}

BOOST_AUTO_TEST_CASE(two_clients_that_fight_over_one_id_are_never_anything_but_online) {
  Bench bench(lifecycle({status("online"), status("offline", 0s)}));
  auto current = bench.connect();
  bench.rows();
  for (int round = 1; round <= 100; ++round) {
    bench.at(round * 100ms);
    const auto next = bench.connect();
    bench.end(std::exchange(current, next), Cause::taken_over);
  }
  BOOST_TEST(bench.rows().empty());
  BOOST_TEST(bench.retained().at("connected") == true);
}

BOOST_AUTO_TEST_CASE(
    an_end_of_the_old_connection_by_another_name_while_the_new_one_lives_changes_nothing_visible) {
  Bench bench(one_minute());
  const auto old = bench.connect();
  bench.connect();
  bench.publishes();
  bench.end(old, Cause::keepalive_timeout);
  BOOST_TEST(bench.publishes() == 0);
  BOOST_TEST(!bench.engine.next_deadline().has_value());
}

BOOST_AUTO_TEST_CASE(a_takeover_by_another_device_is_a_non_graceful_end_without_silence) {
  auto definition = one_minute();
  definition.graceful_causes = std::vector{Cause::taken_over};
  Bench bench(definition);
  const auto old = bench.connect("a", 30s);
  bench.at(10s);
  bench.connect("b");
  bench.end(old, Cause::taken_over);
  BOOST_TEST(bench.retained("a").at("cause") == "taken_over");
  BOOST_TEST(bench.retained("a").at("graceful") == false);
  BOOST_TEST(bench.retained("a").at("next").at("at") == time_text(70s));
  BOOST_TEST(bench.retained("b").at("connected") == true);
}

BOOST_AUTO_TEST_CASE(in_one_millisecond_an_old_connections_end_does_not_end_the_new_one) {
  Bench bench(lifecycle({status("online"), status("offline", 0s)}));
  const auto old = bench.connect();
  bench.rows();
  const auto current = bench.connect();
  bench.end(old, Cause::taken_over);
  bench.end(old, Cause::taken_over);
  BOOST_TEST(bench.rows().empty());
  bench.end(current);
  BOOST_TEST(bench.rows() == Rows{"0 a online>offline client_disconnect"});
  bench.end(current);
  bench.connect_as(current);
  BOOST_TEST(bench.rows().empty());
}

BOOST_AUTO_TEST_CASE(an_end_told_ten_years_late_changes_nothing_where_it_is_not_the_last_connections) {
  Bench bench(one_minute());
  const auto old = bench.connect();
  const auto current = bench.connect();
  bench.at(kTenYears);
  bench.publishes();
  bench.late(kTenYears).end(old);
  BOOST_TEST(bench.publishes() == 0);
  bench.end(current);
  BOOST_TEST(bench.retained().at("last_seen") == time_text(kTenYears));
}

BOOST_AUTO_TEST_CASE(the_largest_numbers_of_brokers_boots_and_connections_are_numbers_like_any_other) {
  Bench bench(one_minute());
  const ConnectionId id{1, UINT64_MAX, UINT64_MAX};
  bench.connect_as(id);
  bench.end({1, UINT64_MAX, UINT64_MAX - 1});
  BOOST_TEST(bench.retained().at("connected") == true);
  bench.end(id);
  BOOST_TEST(bench.retained().at("connected") == false);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
