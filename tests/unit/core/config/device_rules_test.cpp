// SPDX-License-Identifier: Apache-2.0
#include "topics/identity/device_rules.hpp"

#include <boost/test/unit_test.hpp>

#include "bridge/core/config/config_parser.hpp"

namespace rollcall {
namespace {

/// Rules as the file has them, with the templates `default` and `pump`.
struct Rules {
  Config config;

  explicit Rules(const std::string& devices)
      : config(parse(R"({"devices":)" + devices + R"(,"templates":{"pump":{
      "statuses":[{"status":"online"},{"status":"offline","after":"2m"}]}}})")) {}

  static Config parse(const std::string& text) {
    auto config = parse_config(text, "rules.json");
    BOOST_TEST_REQUIRE(config.has_value(), (config ? "" : config.error().message));
    return std::move(*config);
  }

  /// "device/template", or "none".
  std::string of(std::string_view client_id, std::string_view username = "",
                 std::string_view address = "10.0.0.1") const {
    const auto found = identify(config, {client_id, username, address});
    return found ? found->device + "/" + found->template_name : "none";
  }
};

BOOST_AUTO_TEST_SUITE(device_rules_suite)

BOOST_AUTO_TEST_CASE(without_rules_every_client_id_but_the_tools_is_a_device) {
  Rules rules("[]");
  BOOST_TEST(rules.of("pump-7") == "none");
  rules.config = Rules::parse("{}");
  BOOST_TEST(rules.of("pump-7") == "pump-7/default");
  BOOST_TEST(rules.of("mosq-Ab1") == "none");
  BOOST_TEST(rules.of("auto-5E00") == "none");
  BOOST_TEST(rules.of("mosquito") == "mosquito/default");
}

BOOST_AUTO_TEST_CASE(the_first_rule_that_matches_wins) {
  const Rules rules(R"([{"client_id":"gw-*","ignore":true},{"client_id":"gw{device}","template":"pump"},
                        {"client_id":"{device}"}])");
  BOOST_TEST(rules.of("gw-1") == "none");
  BOOST_TEST(rules.of("gw1") == "1/pump");
  BOOST_TEST(rules.of("x") == "x/default");
}

BOOST_AUTO_TEST_CASE(no_match_is_no_device) {
  const Rules rules(R"([{"client_id":"pump-{device}"}])");
  BOOST_TEST(rules.of("pump-7") == "7/default");
  BOOST_TEST(rules.of("valve-7") == "none");
  BOOST_TEST(rules.of("pump-") == "none");
}

BOOST_AUTO_TEST_CASE(all_fields_must_match) {
  const Rules rules(R"([{"client_id":"{device}","username":"field","address":"10.0.0.0/8"}])");
  BOOST_TEST(rules.of("a", "field", "10.9.9.9") == "a/default");
  BOOST_TEST(rules.of("a", "field", "::ffff:10.9.9.9") == "a/default");
  BOOST_TEST(rules.of("a", "field", "11.0.0.1") == "none");
  BOOST_TEST(rules.of("a", "office", "10.9.9.9") == "none");
}

BOOST_AUTO_TEST_CASE(without_a_capture_the_client_id_is_the_device) {
  const Rules rules(R"([{"username":"field*","template":"pump"}])");
  BOOST_TEST(rules.of("c1", "field-3") == "c1/pump");
}

BOOST_AUTO_TEST_CASE(the_device_may_come_from_the_username) {
  const Rules rules(R"([{"username":"dev:{device}"}])");
  BOOST_TEST(rules.of("random-123", "dev:17") == "17/default");
}

BOOST_AUTO_TEST_CASE(a_captured_template_must_be_defined) {
  const Rules rules(R"([{"client_id":"{template}:{device}"},{"client_id":"{device}"}])");
  BOOST_TEST(rules.of("pump:7") == "7/pump");
  BOOST_TEST(rules.of("default:7") == "7/default");
  BOOST_TEST(rules.of("valve:7") == "valve:7/default");
}

BOOST_AUTO_TEST_CASE(what_two_fields_capture_must_be_equal) {
  const Rules rules(R"([{"client_id":"{template}-{device}","username":"{device}@{template}"}])");
  BOOST_TEST(rules.of("pump-7", "7@pump") == "7/pump");
  BOOST_TEST(rules.of("pump-7", "8@pump") == "none");
  BOOST_TEST(rules.of("pump-7", "7@default") == "none");
}

BOOST_AUTO_TEST_CASE(an_anonymous_client_has_an_empty_username) {
  BOOST_TEST(Rules(R"([{"username":"*","client_id":"{device}"}])").of("a") == "a/default");
  BOOST_TEST(Rules(R"([{"username":"{device}"}])").of("a") == "none");
}

BOOST_AUTO_TEST_CASE(rules_for_reports_leave_connections_alone) {
  const Rules rules(R"([{"report_topic":"zigbee2mqtt/{device}"},{"client_id":"c{device}"}])");
  BOOST_TEST(rules.of("zigbee2mqtt/lamp") == "none");
  BOOST_TEST(rules.of("c1") == "1/default");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
