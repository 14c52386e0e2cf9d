// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/reporting.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;

namespace {

struct Fixture {
  Config config;
  TopicNames topics{"ds"};
  std::optional<std::string_view> known;

  Fixture() {
    config.templates = {default_template(), default_template()};
    config.templates[1].name = "pumps";
    DeviceRule rule;
    rule.client_id = Pattern::parse("{device}").value();
    rule.template_name = "pumps";
    config.devices = {rule};
  }
  /// "device/template"; empty: none.
  std::string device_of(std::string_view topic, const ClientIdentity& by = {}) {
    const auto device =
        device_of_report(config, topics, topic, by, [this](std::string_view) { return known; });
    return device ? device->device + "/" + device->template_name : "";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reporting, Fixture)

BOOST_AUTO_TEST_CASE(a_report_by_id_is_about_a_device_with_the_template_that_it_has) {
  known = "default";
  BOOST_TEST(device_of("ds/report/pump-7") == "pump-7/default");
}

BOOST_AUTO_TEST_CASE(of_a_device_that_is_not_known_the_rules_say_the_template) {
  BOOST_TEST(device_of("ds/report/pump-7") == "pump-7/pumps");
  config.devices = {};
  BOOST_TEST(device_of("ds/report/pump-7") == "pump-7/default");
}

BOOST_AUTO_TEST_CASE(a_rule_that_makes_another_device_of_the_id_says_nothing_of_it) {
  auto rule = config.devices[0];
  rule.client_id = Pattern::parse("pump-{device}").value();
  config.devices = {rule};
  BOOST_TEST(device_of("ds/report/pump-7") == "pump-7/default");
}

BOOST_AUTO_TEST_CASE(another_topic_is_a_report_only_by_a_rule) {
  BOOST_TEST(device_of("plant/7/data", {"gateway", {}, {}}) == "");
}

BOOST_AUTO_TEST_CASE(activity_is_wanted_where_a_template_expects_reports) {
  BOOST_TEST(!wants_activity(config));
  config.templates[1].report_every = Millis{60'000};
  BOOST_TEST(wants_activity(config));
  const auto rules = rules_for_plugins(config);
  BOOST_TEST(rules.wants_activity);
  BOOST_TEST(rules.templates == (std::vector<std::string>{"default", "pumps"}));
  BOOST_TEST((rules.rules == config.devices.all()));
}

BOOST_AUTO_TEST_SUITE_END()
