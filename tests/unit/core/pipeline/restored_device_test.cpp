// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/restored_device.hpp"

#include <boost/test/unit_test.hpp>

#include "bridge/core/lifecycle/status_payload.hpp"

using namespace rollcall;

BOOST_TEST_DONT_PRINT_LOG_VALUE(RestoredAs)

namespace {

Time at(int second) { return Time{Millis{1000 * second}}; }

struct Fixture {
  Config config;
  DeviceRecord record;

  Fixture() {
    config.templates = {default_template()};
    config.brokers.resize(1);
    config.brokers[0].name = "main";
    DeviceRule rule;
    rule.client_id = Pattern::parse("dev-{device}").value();
    config.devices = {rule};
    record.device = "pump";
    record.template_name = "default";
    record.latest = at(10);
    record.connections = {connection("main")};
  }
  ConnectionRecord connection(const std::string& broker) {
    ConnectionRecord made;
    made.broker = broker;
    made.client_id = "dev-pump";
    return made;
  }
  RestoredAs restore() { return restore_by_config(record, config, {{"old", at(20)}}); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(restored_device, Fixture)

BOOST_AUTO_TEST_CASE(a_device_goes_on_as_it_is) {
  const auto before = record;
  BOOST_TEST(restore() == RestoredAs::as_stored);
  BOOST_TEST((record == before));
}

BOOST_AUTO_TEST_CASE(a_forgotten_device_stays_forgotten) {
  record.is_forgotten = true;
  BOOST_TEST(restore() == RestoredAs::tombstone);
}

BOOST_AUTO_TEST_CASE(a_device_that_no_rule_knows_any_more_is_unknown) {
  auto rule = config.devices[0];
  rule.client_id = Pattern::parse("other-{device}").value();
  config.devices = {rule};
  BOOST_TEST(restore() == RestoredAs::unknown);
}

BOOST_AUTO_TEST_CASE(a_client_that_is_another_device_now_leaves_its_old_one_unknown) {
  auto rule = config.devices[0];
  rule.client_id = Pattern::parse("{device}").value();
  config.devices = {rule};  // dev-pump
  BOOST_TEST(restore() == RestoredAs::unknown);
}

BOOST_AUTO_TEST_CASE(a_device_without_a_connection_is_known_by_its_last_one) {
  record.connections.clear();
  record.last_end.cause = Cause::client_disconnect;
  record.last_end.client_id = "dev-pump";
  BOOST_TEST(restore() == RestoredAs::as_stored);
  record.last_end.client_id = "stranger";
  BOOST_TEST(restore() == RestoredAs::unknown);
}

BOOST_AUTO_TEST_CASE(a_device_that_only_reported_lives_as_long_as_its_template) {
  record.connections.clear();
  record.last_end.cause.reset();
  BOOST_TEST(restore() == RestoredAs::as_stored);
  record.template_name = "gone";
  BOOST_TEST(restore() == RestoredAs::unknown);
}

BOOST_AUTO_TEST_CASE(a_registered_device_outlives_its_template_and_has_that_of_the_rules_then) {
  config.devices = {};
  record.connections.clear();
  record.last_end.at = Time::min();
  BOOST_TEST(restore() == RestoredAs::as_stored);
  record.template_name = "gone";
  BOOST_TEST(restore() == RestoredAs::with_a_change);
  BOOST_TEST(record.template_name == "default");
  config.templates.push_back(default_template());
  config.templates.back().name = "pumps";
  DeviceRule rule;
  rule.client_id = Pattern::parse("{device}").value();
  rule.template_name = "pumps";
  config.devices = {rule};
  record.template_name = "gone";
  BOOST_TEST(restore() == RestoredAs::with_a_change);
  BOOST_TEST(record.template_name == "pumps");
}

BOOST_AUTO_TEST_CASE(the_rules_give_it_another_template) {
  config.templates.push_back(default_template());
  config.templates.back().name = "pumps";
  auto rule = config.devices[0];
  rule.template_name = "pumps";
  config.devices = {rule};
  BOOST_TEST(restore() == RestoredAs::with_a_change);
  BOOST_TEST(record.template_name == "pumps");
}

BOOST_AUTO_TEST_CASE(connections_at_a_broker_that_is_not_configured_any_more_are_over) {
  record.connections = {connection("old")};
  BOOST_TEST(restore() == RestoredAs::with_a_change);
  BOOST_TEST(record.connections.empty());
  BOOST_TEST((record.last_end.cause == Cause::broker_lost));
  BOOST_TEST((record.last_end.at == at(20)));  // the last contact with it
  BOOST_TEST(record.wait.has_value());
}

BOOST_AUTO_TEST_CASE(a_device_that_is_connected_elsewhere_too_stays_connected) {
  record.connections = {connection("old"), connection("main")};
  BOOST_TEST(restore() == RestoredAs::with_a_change);
  BOOST_TEST(record.connections.size() == 1U);
  BOOST_TEST(!record.last_end.cause.has_value());
}

BOOST_AUTO_TEST_CASE(a_template_is_unchanged_if_its_fingerprint_is) {
  StoredState stored;
  stored.templates = {{"default", fingerprint(config.templates[0])}, {"gone", 7}};
  BOOST_TEST(unchanged_templates(config, stored).size() == 1U);
  stored.templates["default"] += 1;
  BOOST_TEST(unchanged_templates(config, stored).empty());
}

BOOST_AUTO_TEST_CASE(patience_begins_anew_only_for_the_connected) {
  restart_patience(record, at(50));
  BOOST_TEST((record.heard == at(50)));
  restart_patience(record, at(40));
  BOOST_TEST((record.heard == at(50)));
  DeviceRecord gone;
  restart_patience(gone, at(50));
  BOOST_TEST((gone.heard == Time{}));
}

BOOST_AUTO_TEST_SUITE_END()
