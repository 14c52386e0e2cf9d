// SPDX-License-Identifier: Apache-2.0
// Reports, activity and declarations, from a client's message to the status.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Json = nlohmann::json;

namespace {

DeviceRule rule(std::string_view client_id) {
  DeviceRule made;
  made.client_id = Pattern::parse(client_id).value();
  return made;
}

/// The template `lazy` asks for activity; `sensor-…` clients have it, and so have things by report_topic.
Config with_reports() {
  Config config;
  config.templates = {default_template(), default_template()};
  config.templates[1].name = "lazy";
  config.templates[1].report_every = std::chrono::hours{1};
  std::vector<DeviceRule> rules{rule("sensor-{device}"), rule("gateway"), rule("{device}")};
  rules[0].template_name = "lazy";
  rules[1].ignore = true;
  rules.emplace_back().report_topic = Pattern::parse("zigbee2mqtt/{device}").value();
  rules.back().template_name = "lazy";
  rules.emplace_back().report_topic = Pattern::parse("meter/{device}").value();
  rules.back().retained = RetainedReports::count;
  config.devices = std::move(rules);
  config.reporters = {"gateway"};
  return config;
}

struct Fixture {
  World world{true, with_reports()};

  Fixture() {
    world.connect_link();
    world.settle();
    world.connect("gateway");
    go();
  }
  Json status(const std::string& device) {
    const auto found = world.retained.find("ds/status/" + device);
    return found == world.retained.end() ? Json() : Json::parse(found->second);
  }
  void go() {
    world.tick();
    world.deliver();
  }
  Time last_seen(const std::string& device) {
    Time found{};
    world.bridge().engine().for_each_record([&](const DeviceRecord& record) {
      if (record.device == device) found = record.last_seen;
    });
    return found;
  }
  long lines_with(std::string_view text) const {
    return std::count_if(world.log_lines.begin(), world.log_lines.end(),
                         [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(said, Fixture)

BOOST_AUTO_TEST_CASE(a_report_makes_a_device_of_what_never_connects) {
  BOOST_TEST(world.publish("gateway", "zigbee2mqtt/lamp"));
  go();
  BOOST_TEST(status("lamp").at("status") == "online");
  BOOST_TEST(status("lamp").at("connected") == false);
  BOOST_TEST(status("lamp").at("template") == "lazy");
  BOOST_TEST(status("lamp").at("last_seen") == format_rfc3339(world.now()));
}

BOOST_AUTO_TEST_CASE(what_a_gateway_repeats_as_retained_makes_nothing_online_where_no_rule_says_so) {
  world.publish("gateway", "zigbee2mqtt/lamp");
  go();
  world.pass(std::chrono::minutes{1});
  world.settle();
  BOOST_TEST(status("lamp").at("status") == "offline");
  for (const auto* topic : {"zigbee2mqtt/lamp", "ds/report/lamp", "meter/water"}) {
    BOOST_TEST(world.publish("gateway", topic, "x", true));
  }
  go();
  BOOST_TEST(status("lamp").at("status") == "offline");
  BOOST_TEST(status("water").at("status") == "online");
  world.kill_bridge();
  world.publish("gateway", "zigbee2mqtt/lamp", "x", true);
  world.connect_link();
  world.settle();
  BOOST_TEST(status("lamp").at("status") == "offline");
}

BOOST_AUTO_TEST_CASE(of_a_device_that_is_only_named_the_template_is_its_own_or_that_of_such_a_client) {
  BOOST_TEST(world.publish("gateway", "zigbee2mqtt/lamp"));
  BOOST_TEST(world.publish("gateway", "ds/report/new"));
  BOOST_TEST(world.publish("gateway", "ds/report/sensor-9"));
  BOOST_TEST(world.publish("gateway", "ds/report/gateway"));
  go();
  world.pass(Millis{10'000});
  BOOST_TEST(world.publish("gateway", "ds/report/lamp"));
  go();
  BOOST_TEST(status("lamp").at("template") == "lazy");
  BOOST_TEST(status("lamp").at("last_seen") == format_rfc3339(world.now()));
  BOOST_TEST(status("new").at("template") == "default");
  BOOST_TEST(status("sensor-9").at("template") == "default");  // such a client would be the device "9"
  BOOST_TEST(status("gateway").at("template") == "default");
}

BOOST_AUTO_TEST_CASE(who_is_no_reporter_reports_nothing) {
  world.connect("other");
  go();
  BOOST_TEST(!world.publish("other", "ds/report/lamp"));
  go();
  BOOST_TEST(status("lamp").is_null());
}

BOOST_AUTO_TEST_CASE(activity_moves_what_is_known_of_a_connected_device) {
  world.connect("sensor-7");
  go();
  world.pass(Millis{20'000});
  go();
  BOOST_TEST(world.publish("sensor-7", "data/7"));
  const auto said_at = world.now();
  for (int second = 0; second < 15; ++second) {
    world.pass(Millis{1000});
    go();
  }
  BOOST_TEST(format_rfc3339(last_seen("7")) == format_rfc3339(said_at));
  // While the bridge is away, too.
  world.kill_bridge();
  BOOST_TEST(world.publish("sensor-7", "data/7"));
  const auto said_again_at = world.now();
  world.pass(Millis{30'000});
  world.connect_link();
  world.settle();
  BOOST_TEST(format_rfc3339(last_seen("7")) == format_rfc3339(said_again_at));
}

BOOST_AUTO_TEST_CASE(reports_made_while_the_bridge_was_away_are_told_with_their_times) {
  world.kill_bridge();
  world.pass(Millis{5000});
  world.publish("gateway", "zigbee2mqtt/lamp");
  const auto at = world.now();
  world.tick();
  world.pass(Millis{30'000});
  world.connect_link();
  world.settle();
  BOOST_TEST(status("lamp").at("last_seen") == format_rfc3339(at));
}

BOOST_AUTO_TEST_CASE(a_report_that_was_told_is_not_told_again) {
  world.publish("gateway", "zigbee2mqtt/lamp");
  go();
  world.pass(std::chrono::minutes{1});
  world.settle();
  BOOST_TEST(status("lamp").at("status") == "offline");
  const auto seq = status("lamp").at("seq").get<std::uint64_t>();
  world.break_link();
  world.connect_link();
  world.settle();
  world.kill_bridge();
  world.connect_link();
  world.settle();
  BOOST_TEST(status("lamp").at("status") == "offline");
  BOOST_TEST(world.timeline.size() == 2U);
  BOOST_TEST(status("lamp").at("seq").get<std::uint64_t>() == seq);
}

BOOST_AUTO_TEST_CASE(a_device_declares_for_itself_by_the_rules_as_they_are) {
  world.connect("sensor-7");
  go();
  BOOST_TEST(world.publish("sensor-7", "ds/declare/7", "{}"));
  BOOST_TEST(!world.publish("sensor-7", "ds/declare/sensor-7", "{}"));
  BOOST_TEST(!world.publish("gateway", "ds/declare/gateway", "{}"));
  auto config = world.config();
  auto rules = config.devices.all();
  rules.erase(rules.begin());
  config.devices = std::move(rules);
  BOOST_TEST(world.bridge().reload(std::move(config), world.now()).has_value());
  go();
  BOOST_TEST(!world.publish("sensor-7", "ds/declare/7", "{}"));
  BOOST_TEST(world.publish("sensor-7", "ds/declare/sensor-7", "{}"));
  world.kill_bridge();
  BOOST_TEST(world.publish("sensor-7", "ds/declare/sensor-7", "{}"));  // the plugin goes by the last ones
}

BOOST_AUTO_TEST_CASE(a_plugin_that_does_not_tell_activity_is_named_once_with_its_option) {
  BOOST_TEST(lines_with("plugin_opt_activity_interval") == 0);
  world.activity_interval_seconds = 0;
  world.kill_broker(true);
  world.connect_link();
  world.settle();
  world.break_link();
  world.connect_link();
  world.settle();
  BOOST_TEST(lines_with("plugin_opt_activity_interval is 0 there") == 1);
}

BOOST_AUTO_TEST_CASE(rules_that_fit_into_no_request_are_named_and_none_are_told) {
  auto config = world.config();
  const std::string text(60'000, 'x');
  auto rules = config.devices.all();
  for (int i = 0; i < 5; ++i) rules.push_back(rule(text + std::to_string(i)));
  config.devices = std::move(rules);
  BOOST_TEST(world.bridge().reload(std::move(config), world.now()).has_value());
  world.settle();
  BOOST_TEST(lines_with("nobody can declare or report there") == 1);
  world.connect("a");
  go();
  BOOST_TEST(!world.publish("a", "ds/declare/a", "{}"));
  BOOST_TEST(status("a").at("connected") == true);  // and all else goes on
}

BOOST_AUTO_TEST_SUITE_END()
