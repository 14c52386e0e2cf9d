// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/bridge_log.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;

namespace {

Time at(int second) { return Time{Millis{1'000'000 + 1000 * second}}; }

struct Fixture : BridgePorts {
  Config config;
  std::vector<std::string> lines;
  std::vector<std::string> addresses{"10.0.0.1", "10.0.0.2"};

  static Config two_brokers() {
    Config config;
    config.brokers.resize(2);
    config.brokers[0].name = "main";
    config.brokers[1].name = "other";
    return config;
  }
  Fixture() : config(two_brokers()) {}

  ConflictSummary conflict(int last, std::size_t count = 1) {
    ConflictSummary summary;
    summary.count = count;
    summary.client_id = "pump";
    summary.addresses = addresses;
    summary.takeovers = 5;
    summary.began = at(0);
    summary.last = at(last);
    return summary;
  }

  void send_request(std::uint32_t, std::string_view) override {}
  void subscribe_to_log(std::uint32_t) override {}
  void read_statuses(std::uint32_t, bool) override {}
  LinkTraffic link_traffic(std::uint32_t) override { return {}; }
  void give_up(std::uint32_t) override {}
  void reconnect(std::uint32_t) override {}
  void log(Level, const std::string& line) override { lines.push_back(line); }

  BridgeLog bridge_log{config, *this};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_of_the_bridge, Fixture)

BOOST_AUTO_TEST_CASE(a_device_id_that_is_too_long_is_logged_once) {
  bridge_log.no_device_id("10.0.0.1", 600);
  bridge_log.no_device_id("10.0.0.2", 700);
  BOOST_TEST(lines.size() == 1U);
}

BOOST_AUTO_TEST_CASE(that_activity_is_off_is_logged_once_for_each_broker) {
  bridge_log.activity_off(0);
  bridge_log.activity_off(0);
  bridge_log.activity_off(1);
  BOOST_TEST(lines.size() == 2U);
}

BOOST_AUTO_TEST_CASE(no_device_forgotten_is_no_line) {
  bridge_log.forgotten(0);
  BOOST_TEST(lines.empty());
  bridge_log.forgotten(1);
  BOOST_TEST(lines.at(0).starts_with("forgot 1 device that no rule"));
}

BOOST_AUTO_TEST_CASE(conflicts_are_logged_once_and_not_more_than_once_a_minute) {
  BOOST_TEST(!bridge_log.conflicts_due(std::nullopt));
  bridge_log.conflicts(conflict(10), at(10));
  BOOST_TEST(
      lines.at(0) ==
      "broker \"main\": clients with the client id \"pump\" throw each other out, 5 times in 10 s, from "
      "10.0.0.1 and 10.0.0.2. Give each client an id of its own");
  BOOST_TEST(!bridge_log.conflicts_due(conflict(10)));  // the same
  BOOST_TEST((bridge_log.conflicts_due(conflict(11)) == at(70)));
  bridge_log.conflicts(conflict(11), at(69));
  BOOST_TEST(lines.size() == 1U);
  bridge_log.conflicts(conflict(11, 3), at(70));
  BOOST_TEST(lines.size() == 2U);
  BOOST_TEST(lines.at(1).find("; 2 other client ids are fought over as well") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_times_of_what_was_logged_move_with_the_clock) {
  bridge_log.conflicts(conflict(10), at(10));
  bridge_log.move_times(Millis{5000});
  BOOST_TEST(!bridge_log.conflicts_due(conflict(15)));
  BOOST_TEST((bridge_log.conflicts_due(conflict(16)) == at(75)));
}

BOOST_AUTO_TEST_CASE(a_scan_that_found_nothing_wrong_is_no_line) {
  bridge_log.stale_statuses(1, 0, 0);
  BOOST_TEST(lines.empty());
  bridge_log.stale_statuses(1, 2, 3);
  BOOST_TEST(lines.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
