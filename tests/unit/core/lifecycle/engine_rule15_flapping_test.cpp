// SPDX-License-Identifier: Apache-2.0
// Rules 15 and 16.
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

/// Four changes within a minute; steady after ten.
TemplateDefinition restless() {
  auto definition = one_minute();
  definition.flapping = Flapping{4, 1min, 10min};
  return definition;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_rule15_flapping)

BOOST_AUTO_TEST_CASE(as_many_changes_within_the_time_are_flapping_until_it_has_been_steady) {
  Bench bench(restless());
  bench.at(0s);
  bench.end(bench.connect());
  bench.at(60s);
  const auto id = bench.connect();
  BOOST_TEST(bench.retained().at("flapping") == false);
  BOOST_TEST(bench.engine.fleet().flapping == 0U);
  bench.end(id);  // the fourth within 60 s
  BOOST_TEST(bench.retained().at("flapping") == true);
  BOOST_TEST(bench.engine.fleet().flapping == 1U);
  bench.at(65s);
  bench.connect();
  bench.publishes();
  bench.at(65s + 10min - 1ms);
  BOOST_TEST(bench.publishes() == 0);
  bench.at(65s + 10min);
  BOOST_TEST(bench.publishes() == 1);
  BOOST_TEST(bench.retained().at("flapping") == false);
}

BOOST_AUTO_TEST_CASE(slower_changes_are_not) {
  Bench bench(restless());
  for (int i = 0; i < 20; ++i) {
    bench.at(i * 41s);
    const auto id = bench.connect();
    bench.at(i * 41s + 20s);
    bench.end(id);
    BOOST_TEST(bench.retained().at("flapping") == false);
  }
}

BOOST_AUTO_TEST_CASE(takeovers_and_reports_are_no_changes_and_off_is_off) {
  Bench bench(restless());
  auto id = bench.connect();
  for (int i = 0; i < 20; ++i) {
    const auto next = bench.connect();
    bench.end(id, Cause::taken_over);
    id = next;
    bench.report("b");
  }
  BOOST_TEST(bench.retained("a").at("flapping") == false);
  BOOST_TEST(bench.retained("b").at("flapping") == false);
  Bench off(one_minute());
  for (int i = 0; i < 20; ++i) off.end(off.connect());
  BOOST_TEST(off.retained().at("flapping") == false);
}

BOOST_AUTO_TEST_CASE(it_survives_a_restart) {
  Bench bench(restless());
  for (int i = 0; i < 3; ++i) bench.end(bench.connect());
  Engine next({{restless()}, {"zero", "one"}, 2min, bench.engine.last_seq()});
  bench.engine.for_each_record([&](const DeviceRecord& record) { BOOST_TEST(next.restore(record)); });
  bench.engine = std::move(next);
  BOOST_TEST(bench.engine.fleet().flapping == 1U);
  bench.at(10min);
  BOOST_TEST(bench.retained().at("flapping") == false);
}

BOOST_AUTO_TEST_CASE(changes_in_one_millisecond_are_as_many_as_there_are) {
  auto definition = restless();
  definition.flapping = Flapping{4, 0s, 10min};
  Bench bench(definition);
  const auto first = bench.connect();
  bench.end(first);
  const auto second = bench.connect();
  BOOST_TEST(bench.retained().at("flapping") == false);
  bench.end(second);
  BOOST_TEST(bench.retained().at("flapping") == true);
}

BOOST_AUTO_TEST_CASE(a_millisecond_more_than_the_time_is_too_slow) {
  Bench bench(restless());
  auto id = bench.connect();
  bench.end(id);
  bench.at(60s + 1ms);
  id = bench.connect();
  bench.end(id);
  BOOST_TEST(bench.retained().at("flapping") == false);
}

BOOST_AUTO_TEST_CASE(steady_after_no_time_it_is_flapping_for_no_time) {
  auto definition = restless();
  definition.flapping->hold = 0s;
  Bench bench(definition);
  for (int i = 0; i < 4; ++i) bench.end(bench.connect());
  bench.at(1ms);
  BOOST_TEST(bench.retained().at("flapping") == false);
  BOOST_TEST(bench.engine.fleet().flapping == 0U);
}

BOOST_AUTO_TEST_CASE(it_is_flapping_for_ten_years) {
  auto definition = restless();
  definition.flapping->hold = kTenYears;
  Bench bench(definition);
  for (int i = 0; i < 4; ++i) bench.end(bench.connect());
  bench.at(kTenYears - 1ms);
  BOOST_TEST(bench.retained().at("flapping") == true);
  bench.at(kTenYears);
  BOOST_TEST(bench.retained().at("flapping") == false);
}

BOOST_AUTO_TEST_CASE(by_a_clock_that_goes_back_changes_are_at_one_time) {
  Bench bench(restless());
  bench.at(1h);
  for (const Millis back : {0min, 30min}) {
    bench.at(1h - back);
    bench.end(bench.connect());
  }
  BOOST_TEST(bench.retained().at("flapping") == true);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(engine_rule16_blips)

BOOST_AUTO_TEST_CASE(a_blip_within_the_period_leaves_no_row_and_a_longer_one_does) {
  auto definition = one_minute();
  definition.ignore_blips = 10s;
  Bench bench(definition);
  auto id = bench.connect();
  bench.rows();
  bench.end(id);
  bench.at(10s);
  id = bench.connect();
  BOOST_TEST(bench.rows().empty());
  BOOST_TEST(bench.retained().at("connected") == true);
  bench.end(id);
  bench.at(20s + 1ms);
  bench.connect();
  BOOST_TEST(bench.rows() == Rows{"20.001 a online>online blip client_disconnect"});
}

BOOST_AUTO_TEST_CASE(a_status_that_changed_meanwhile_leaves_its_rows) {
  auto definition = one_minute();
  definition.on_graceful.after = 0s;
  definition.ignore_blips = 10s;
  Bench bench(definition);
  const auto id = bench.connect();
  bench.rows();
  bench.end(id);
  bench.at(1s);
  bench.connect();
  const Rows expected{"0 a online>offline client_disconnect", "1 a offline>online connect"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(ignored_blips_count_as_changes) {
  auto definition = restless();
  definition.ignore_blips = 1min;
  Bench bench(definition);
  bench.end(bench.connect());
  bench.end(bench.connect());
  BOOST_TEST(bench.retained().at("flapping") == true);
}

BOOST_AUTO_TEST_CASE(a_period_of_nothing_ignores_only_what_is_back_in_the_same_millisecond) {
  auto definition = one_minute();
  definition.ignore_blips = 0s;
  Bench bench(definition);
  auto id = bench.connect();
  bench.rows();
  bench.end(id);
  id = bench.connect();
  BOOST_TEST(bench.rows().empty());
  bench.end(id);
  bench.at(1ms);
  bench.connect();
  BOOST_TEST(bench.rows() == Rows{"0.001 a online>online blip client_disconnect"});
}

BOOST_AUTO_TEST_CASE(a_blip_of_ten_years_can_be_ignored) {
  auto definition = lifecycle({status("online"), status("offline", kTenYears + 1ms)});
  definition.ignore_blips = kTenYears;
  Bench bench(definition);
  bench.end(bench.connect());
  bench.rows();
  bench.at(kTenYears);
  bench.connect();
  BOOST_TEST(bench.rows().empty());
}

BOOST_AUTO_TEST_CASE(a_reconnect_that_a_clock_puts_before_the_disconnect_is_a_blip_of_no_time) {
  auto definition = one_minute();
  definition.ignore_blips = 0s;
  Bench bench(definition);
  bench.at(30s);
  bench.end(bench.connect());
  bench.rows();
  bench.at(10s);
  bench.connect();
  BOOST_TEST(bench.rows().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
