// SPDX-License-Identifier: Apache-2.0
// Brokers that take only small messages, and links that are slow: what can get through does, and what can't
// is said.
#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Json = nlohmann::json;

namespace {

struct Fixture {
  World world{true};

  void connect_many(int count) {
    for (int i = 0; i < count; ++i) world.connect("pump-" + std::to_string(i));
  }
  std::size_t statuses() const {
    return static_cast<std::size_t>(
        std::count_if(world.retained.begin(), world.retained.end(),
                      [](const auto& each) { return each.first.starts_with("ds/status/"); }));
  }
  Json bridge() const { return Json::parse(world.retained.at("ds/bridge")); }
  std::ptrdiff_t lines_with(const std::string& text) const {
    return std::count_if(world.log_lines.begin(), world.log_lines.end(),
                         [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(limits, Fixture)

BOOST_AUTO_TEST_CASE(requests_shrink_until_they_pass_down_to_one_status) {
  for (const std::size_t limit : {700U, 1000U, 1500U, 4999U}) {
    BOOST_TEST_CONTEXT("message_size_limit " << limit) {
      Fixture at;
      at.world.message_size_limit = limit;
      at.connect_many(40);
      at.world.connect_link();
      at.world.settle();
      BOOST_TEST(at.statuses() == 40U);
      BOOST_TEST(at.world.bridge().is_all_acknowledged());
      BOOST_TEST(!at.bridge().contains("too_large"));
      BOOST_TEST(at.lines_with("message_size_limit") == 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_learnt_holds_for_the_links_to_come_and_not_for_another_boot) {
  world.message_size_limit = 4999;
  world.max_packet_size = 2'000'000;  // what 2.1 says by default
  connect_many(40);
  world.connect_link();
  world.settle();
  world.break_link();
  world.largest_request = 0;
  connect_many(60);  // takeovers of some
  for (int i = 0; i < 40; ++i) world.disconnect("pump-" + std::to_string(i));
  world.connect_link();
  world.settle();
  BOOST_TEST(world.largest_request <= 4999U);
  BOOST_TEST(world.bridge().is_all_acknowledged());
  BOOST_TEST(lines_with("message_size_limit") == 1);

  world.kill_broker(false);
  world.message_size_limit = SIZE_MAX;
  connect_many(60);
  world.largest_request = 0;
  world.connect_link();
  world.settle();
  BOOST_TEST(world.largest_request > 4999U);
}

BOOST_AUTO_TEST_CASE(a_status_that_can_not_pass_holds_up_nobody) {
  world.message_size_limit = 1000;
  world.connect(std::string(500, 'x'));
  connect_many(14);
  world.connect_link();
  world.settle();
  BOOST_TEST(statuses() == 14U);
  BOOST_TEST(world.bridge().is_all_acknowledged());
  const auto told = bridge().at("too_large");
  BOOST_TEST_REQUIRE(told.size() == 1U);
  BOOST_TEST(told[0].at("broker") == "main");
  BOOST_TEST(told[0].at("setting") == "message_size_limit");
  BOOST_TEST(told[0].at("statuses") == 1);
  BOOST_TEST(told[0].at("needs").get<std::size_t>() > 1000U);
  BOOST_TEST(lines_with("message_size_limit there is too small for some statuses") == 1);

  // The setting is changed, and the broker restarted for that.
  world.kill_broker(true);
  world.message_size_limit = SIZE_MAX;
  world.connect(std::string(500, 'x'));
  connect_many(14);
  world.connect_link();
  world.settle();
  BOOST_TEST(statuses() == 15U);
  BOOST_TEST(!bridge().contains("too_large"));
}

BOOST_AUTO_TEST_CASE(what_the_broker_says_that_it_takes_is_believed_at_once) {
  world.max_packet_size = 400;
  connect_many(14);
  world.connect_link();
  world.tick();
  world.deliver();
  world.pass(Millis{1000});
  world.tick();
  world.deliver();
  BOOST_TEST(world.largest_request <= 400U - 28U);
  BOOST_TEST(statuses() == 0U);
  BOOST_TEST(world.retained.contains("ds/fleet"));
  const auto told = bridge().at("too_large");
  BOOST_TEST(told[0].at("setting") == "max_packet_size");
  BOOST_TEST(told[0].at("statuses") == 14);
  BOOST_TEST(lines_with("max_packet_size there is too small for some statuses") == 1);

  world.break_link();
  world.max_packet_size = 0;
  world.connect_link();
  world.settle();
  BOOST_TEST(statuses() == 14U);
  BOOST_TEST(!bridge().contains("too_large"));
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_on_its_way_is_waited_for) {
  world.connect_link();
  world.drop_requests();  // they are on their way for long
  for (int second = 0; second < 60; ++second) {
    world.traffic.delivered += 1000;
    world.traffic.has_undelivered = true;
    world.pass(Millis{1000});
  }
  BOOST_TEST(lines_with("no answer") == 0);
  BOOST_TEST(world.reconnects == 0);
  world.traffic.has_undelivered = false;
  for (int second = 0; second < 60; ++second) {
    world.traffic.received += 1000;
    world.pass(Millis{1000});
  }
  BOOST_TEST(lines_with("no answer") == 0);
  // Nothing moves any more.
  for (int second = 0; second < 20; ++second) world.pass(Millis{1000});
  BOOST_TEST(lines_with("no answer") == 1);
  BOOST_TEST(world.reconnects >= 1);
}

BOOST_AUTO_TEST_CASE(a_broker_without_the_plugin_is_told_once_and_left_in_peace) {
  world.message_size_limit = 0;
  world.connect_link();
  for (int second = 0; second < 3600; ++second) world.pass(Millis{1000});
  BOOST_TEST(lines_with("no answer from the Rollcall plugin") == 1);
  BOOST_TEST(world.reconnects < 20);
}

BOOST_AUTO_TEST_SUITE_END()
