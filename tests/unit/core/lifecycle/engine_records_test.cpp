// SPDX-License-Identifier: Apache-2.0
// What is stored of a device, and what another engine makes of it: the same device, by the templates as they
// are then.
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

/// The engine of `bench`, after its death, with these templates.
struct Reborn : Bench {
  Reborn(Bench& before, Millis now, std::vector<TemplateDefinition> templates) : Bench(std::move(templates)) {
    engine.raise_seq(before.engine.last_seq() + 1000);
    before.engine.for_each_record([&](const DeviceRecord& record) { BOOST_TEST(engine.restore(record)); });
    at(now);
  }
  Reborn(Bench& before, Millis now, TemplateDefinition definition = one_minute())
      : Reborn(before, now, std::vector{std::move(definition)}) {}
  Json now(const std::string& device = "a") const {
    return Json::parse(to_json(engine.status_of(device).value()));
  }
};

std::vector<DeviceRecord> records_of(const Engine& engine) {
  std::vector<DeviceRecord> records;
  engine.for_each_record([&](const DeviceRecord& record) { records.push_back(record); });
  return records;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_records)

BOOST_AUTO_TEST_CASE(a_device_comes_back_as_it_was_and_says_nothing) {
  Bench bench(one_minute());
  bench.connect("a");
  bench.end(bench.connect("b"), Cause::keepalive_timeout, true);
  bench.end(bench.connect("c"));
  bench.at(30s);
  Reborn reborn(bench, 30s);
  BOOST_TEST(reborn.publishes() == 0);
  for (const std::string device : {"a", "b", "c"}) BOOST_TEST(reborn.now(device) == bench.retained(device));
  BOOST_TEST((records_of(reborn.engine) == records_of(bench.engine)));
  BOOST_TEST(!reborn.engine.has_changes());
}

BOOST_AUTO_TEST_CASE(a_connection_knows_its_protocol_and_when_it_began) {
  Bench bench(one_minute());
  bench.at(50s);
  bench.handle(
      ConnectionOpened{{1, 7, 3}, "a", "default", kStart + 20s, 60s, "client", "user", "192.0.2.1", 5});
  const auto connection = [](const Engine& engine) { return records_of(engine).at(0).connections.at(0); };
  BOOST_TEST(connection(bench.engine).protocol == 5);
  BOOST_TEST((connection(bench.engine).since == kStart + 20s));
  bench.active({1, 7, 3});
  bench.handle(ConnectionOpened{{1, 7, 4}, "a", "default", kStart + 50s, 60s, "second", {}, {}, 4});
  BOOST_TEST((connection(bench.engine).since == kStart + 20s));
  Reborn reborn(bench, 60s);
  BOOST_TEST((records_of(reborn.engine) == records_of(bench.engine)));
  reborn.step_clock(1h);
  BOOST_TEST((connection(reborn.engine).since == kStart + 1h + 20s));
}

BOOST_AUTO_TEST_CASE(a_wait_goes_on_and_ends_when_it_was_due) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  Reborn reborn(bench, 2h);  // after both of its waits
  BOOST_TEST(reborn.rows() ==
             (Rows{"60 a online>offline client_disconnect", "3660 a offline>inactive client_disconnect"}));
  BOOST_TEST(reborn.retained().at("since") == time_text(60s + 1h));
  BOOST_TEST(reborn.retained().at("seq") > bench.retained().at("seq"));
}

BOOST_AUTO_TEST_CASE(a_connection_lives_on_and_its_end_is_the_devices_end) {
  Bench bench(one_minute());
  const auto id = bench.connect();
  Reborn reborn(bench, 10s);
  reborn.end(id);
  BOOST_TEST(reborn.retained().at("connected") == false);
  BOOST_TEST(reborn.retained().at("since") == time_text(0s));
}

BOOST_AUTO_TEST_CASE(a_longer_wait_counts_from_the_moment_when_it_began) {
  Bench bench(one_minute());
  const auto id = bench.connect("a", 20s);
  bench.at(40s);
  bench.end(id, Cause::keepalive_timeout);  // 30 s of silence
  auto longer = lifecycle({status("online"), status("offline", 5min), status("inactive", 1h)});
  Reborn reborn(bench, 50s, longer);
  BOOST_TEST(reborn.now().at("next").at("at") == time_text(40s + 5min - 30s));
  BOOST_TEST(reborn.engine.has_changes());
}

BOOST_AUTO_TEST_CASE(a_shorter_wait_that_is_over_by_now_ended_when_it_would_have) {
  Bench bench(lifecycle({status("online"), status("offline", 1min), status("inactive", 30 * 24h)}));
  bench.end(bench.connect());
  bench.at(24h);
  Reborn reborn(bench, 24h, lifecycle({status("online"), status("offline", 1min), status("inactive", 1h)}));
  BOOST_TEST(reborn.rows() == Rows{"3660 a offline>inactive client_disconnect"});
}

BOOST_AUTO_TEST_CASE(a_branch_that_leads_elsewhere_now_is_taken) {
  auto definition = lifecycle({status("online"), status("standby", 1min), status("offline", 1min)});
  Bench bench(definition);
  bench.end(bench.connect());
  definition.on_graceful = Branch{2, 90s};
  Reborn reborn(bench, 10s, definition);
  BOOST_TEST(reborn.now().at("next").at("status") == "offline");
  BOOST_TEST(reborn.now().at("next").at("at") == time_text(90s));
}

BOOST_AUTO_TEST_CASE(a_status_that_is_no_more_leads_to_the_one_that_the_device_would_have) {
  Bench bench(lifecycle({status("online"), status("standby", 1min), status("offline", 1h)}));
  bench.end(bench.connect());
  bench.at(2min);
  BOOST_TEST(bench.status_of() == "standby");
  Reborn reborn(bench, 2min, lifecycle({status("online"), status("offline", 90s)}));
  BOOST_TEST(reborn.rows() == Rows{"90 a online>offline client_disconnect"});
  BOOST_TEST(reborn.status_of() == "offline");
}

BOOST_AUTO_TEST_CASE(a_further_status_at_the_end_of_the_chain_is_waited_for) {
  Bench bench(lifecycle({status("online"), status("offline", 1min)}));
  bench.end(bench.connect());
  bench.at(2min);
  Reborn reborn(bench, 2min, one_minute());
  BOOST_TEST(reborn.now().at("next").at("status") == "inactive");
  BOOST_TEST(reborn.now().at("next").at("at") == time_text(1min + 1h));
}

BOOST_AUTO_TEST_CASE(a_grace_goes_on) {
  Bench bench(one_minute());
  bench.connect_as({0, 1, 1});
  bench.connect_as({0, 1, 2}, "b");
  bench.at(40s);
  bench.handle(BrokerReturned{0, 2, kStart + 10s, kStart + 40s});
  bench.connect_as({0, 2, 1}, "b");
  Bench reborn(one_minute());
  bench.engine.for_each_record([&](const DeviceRecord& record) { reborn.engine.restore(record); });
  reborn.engine.restore_outage(0, 2, bench.engine.outage_of(0).value());
  reborn.at(159s);
  BOOST_TEST(reborn.incidents.empty());
  reborn.at(160s);
  BOOST_TEST(reborn.rows() == Rows{"160 a online>offline broker_lost"});
  BOOST_TEST_REQUIRE(reborn.incidents.size() == 1U);
  BOOST_TEST(reborn.incidents[0].affected == 2U);
  BOOST_TEST(reborn.incidents[0].back == 1U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_device_is_refused_and_changes_nothing) {
  Bench bench(one_minute());
  DeviceRecord record;
  record.device = "a";
  record.template_name = "gone";
  BOOST_TEST(!bench.engine.restore(record));
  record.template_name = "default";
  record.device = std::string(2000, 'x');
  BOOST_TEST(!bench.engine.restore(record));
  BOOST_TEST(bench.engine.device_count() == 0U);
}

BOOST_AUTO_TEST_CASE(changes_are_taken_once_and_each_device_once) {
  Bench bench(one_minute());
  const auto id = bench.connect("a");
  bench.connect("b");
  bench.end(id);
  auto changes = bench.engine.take_changes();
  BOOST_TEST_REQUIRE(changes.size() == 2U);
  BOOST_TEST(changes[0].device == "a");
  BOOST_TEST(changes[0].wait.has_value());
  BOOST_TEST(!bench.engine.has_changes());
  BOOST_TEST(bench.engine.take_changes().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
