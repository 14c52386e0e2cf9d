// SPDX-License-Identifier: Apache-2.0
// What the engine says of contacts beside statuses and rows: for what is known of a device's past.
#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

/// The engine of `bench`, after its death.
struct Reborn : Bench {
  explicit Reborn(const Engine& before, TemplateDefinition definition = one_minute())
      : Bench(std::move(definition)) {
    engine.raise_seq(before.last_seq() + 1000);
    before.for_each_record([&](const DeviceRecord& record) { BOOST_TEST(engine.restore(record)); });
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_contacts)

BOOST_AUTO_TEST_CASE(each_connect_is_told_and_which_is_the_first) {
  Bench bench(one_minute());
  bench.connect();
  bench.at(5s);
  bench.connect();
  BOOST_TEST(bench.contacts() == (Rows{"0 a connect first", "5 a connect"}));
}

BOOST_AUTO_TEST_CASE(a_disconnect_that_leads_to_another_status_is_the_devices_own_when_it_happened) {
  Bench bench(one_minute());
  const auto id = bench.connect();
  bench.contacts();
  bench.at(10s);
  bench.end(id);
  BOOST_TEST(bench.contacts() == Rows{"10 a disconnect"});
  bench.at(10s + 1min);
  BOOST_TEST(bench.contacts() == Rows{"10 a own"});
  bench.at(48h);
  BOOST_TEST(bench.contacts().empty());
  bench.connect();
  BOOST_TEST(bench.contacts() == Rows{"172800 a connect"});
}

BOOST_AUTO_TEST_CASE(a_blip_is_the_devices_own_and_one_that_is_ignored_is_not) {
  auto definition = one_minute();
  definition.ignore_blips = 10s;
  Bench bench(definition);
  bench.end(bench.connect());
  bench.contacts();
  bench.at(10s);
  bench.end(bench.connect());
  BOOST_TEST(bench.contacts() == (Rows{"10 a connect", "10 a disconnect"}));
  bench.at(21s);
  bench.connect();
  BOOST_TEST(bench.contacts() == (Rows{"21 a connect", "10 a own"}));
}

BOOST_AUTO_TEST_CASE(an_outage_is_no_disconnect_of_the_devices_own) {
  Bench bench(one_minute());
  bench.connect("gone");
  bench.connect("back");
  bench.contacts();
  bench.at(10s);
  bench.handle(BrokerAway{1});
  bench.at(20s);
  bench.handle(BrokerReturned{1, 8, kStart + 10s, kStart + 20s});
  bench.connect_as({1, 8, 1}, "back");
  BOOST_TEST(bench.contacts() == Rows{"20 back connect"});
  bench.at(1h);
  BOOST_TEST(bench.status_of("gone") == "offline");
  BOOST_TEST(bench.contacts() == Rows{"10 gone disconnect"});
  bench.connect_as({1, 8, 2}, "gone");
  BOOST_TEST(bench.contacts() == Rows{"3600 gone connect"});
}

BOOST_AUTO_TEST_CASE(a_takeover_is_no_disconnect) {
  Bench bench(one_minute());
  const auto old = bench.connect();
  bench.connect();
  bench.contacts();
  bench.end(old, Cause::taken_over);
  BOOST_TEST(bench.contacts().empty());
}

BOOST_AUTO_TEST_CASE(behind_an_operators_status_disconnects_count_as_well) {
  for (const bool is_back_in_time : {true, false}) {
    Bench bench(one_minute());
    const auto id = bench.connect();
    bench.operate(SetStatus{"a", "inactive", {}, true});
    bench.contacts();
    bench.end(id);
    bench.at(is_back_in_time ? 30s : 2h);
    bench.connect();
    const Rows contacts = bench.contacts();
    BOOST_TEST(std::count(contacts.begin(), contacts.end(), "0 a own") == 1);
    BOOST_TEST(contacts.size() == 3U);
  }
}

BOOST_AUTO_TEST_CASE(an_operators_status_set_meanwhile_is_a_change_by_which_it_counts_once) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.contacts();
  bench.operate(SetStatus{"a", "inactive", {}, false});
  BOOST_TEST(bench.contacts() == Rows{"0 a own"});
  Reborn reborn(bench.engine);
  reborn.at(5s);
  reborn.connect();
  BOOST_TEST(reborn.contacts() == Rows{"5 a connect"});
}

BOOST_AUTO_TEST_CASE(whether_it_counts_is_found_out_by_the_engine_after_this_one) {
  Bench bench(one_minute());
  bench.end(bench.connect("waits"));
  bench.at(30s);
  bench.end(bench.connect("blips"));
  bench.contacts();
  Reborn reborn(bench.engine);
  reborn.at(60s);
  reborn.connect("blips");
  BOOST_TEST(reborn.contacts() == (Rows{"0 waits own", "60 blips connect", "30 blips own"}));
  Reborn third(reborn.engine);
  third.at(48h);
  BOOST_TEST(third.contacts().empty());
}

BOOST_AUTO_TEST_CASE(reports_are_told_those_of_connected_devices_too) {
  Bench bench(one_minute());
  bench.report("b");
  const auto id = bench.connect();
  bench.contacts();
  bench.at(1s);
  bench.active(id);
  bench.report("b");
  BOOST_TEST(bench.contacts() == (Rows{"1 a report", "1 b report"}));
  bench.at(48h);
  BOOST_TEST(bench.contacts().empty());  // no connection of b's has ended
}

BOOST_AUTO_TEST_CASE(the_first_contact_of_a_registered_device_is_its_first) {
  auto definition = one_minute();
  definition.online_on_report = false;
  Bench bench(definition);
  bench.operate(RegisterDevice{"a", "default"});
  BOOST_TEST(bench.contacts().empty());
  bench.report();
  BOOST_TEST(bench.contacts() == Rows{"0 a report"});
  bench.connect();
  BOOST_TEST(bench.contacts() == Rows{"0 a connect first"});
}

BOOST_AUTO_TEST_CASE(a_device_that_was_forgotten_has_another_first_contact) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.operate(ForgetDevice{"a"});
  bench.contacts();
  bench.connect();
  BOOST_TEST(bench.contacts() == Rows{"0 a connect first"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
