// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/commands/command_queue.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "bridge/core/commands/command_rules.hpp"

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

constexpr Time kNow{Millis{1'000'000'000}};

CommandRecord command(const std::string& topic, const std::string& payload = "x",
                      const std::string& device = "a") {
  CommandRecord record;
  record.device = device;
  record.topic = topic;
  record.payload = payload;
  record.at = kNow;
  record.expires = kNow + 1h;
  return record;
}

struct Fixture {
  CommandQueue queue{CommandQueueLimits{3, 1000, 24h}};

  std::vector<std::string> payloads(const std::string& device = "a") const {
    std::vector<std::string> found;
    queue.for_each(device, [&](const CommandRecord& each) { found.push_back(each.payload); });
    return found;
  }
  StoreBatch changes() {
    StoreBatch batch;
    queue.add_changes(batch);
    return batch;
  }
};

using Texts = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(command_queue, Fixture)

BOOST_AUTO_TEST_CASE(the_last_of_each_topic_in_the_order_of_arrival) {
  queue.add(command("x", "1"));
  queue.add(command("y", "2"));
  queue.add(command("x", "3"));
  BOOST_TEST(payloads() == (Texts{"2", "3"}), boost::test_tools::per_element());
  BOOST_TEST(queue.next("a")->payload == "2");
  BOOST_TEST(queue.remove("a", queue.next("a")->order) == 1U);
  BOOST_TEST(queue.next("a")->payload == "3");
  BOOST_TEST(queue.clear("a") == 1U);
  BOOST_TEST(queue.next("a") == nullptr);
  BOOST_TEST(queue.total() == 0U);
}

BOOST_AUTO_TEST_CASE(beyond_a_limit_the_oldest_goes) {
  for (const auto* topic : {"1", "2", "3", "4"}) queue.add(command(topic, topic));
  BOOST_TEST(payloads() == (Texts{"2", "3", "4"}), boost::test_tools::per_element());
  BOOST_TEST(queue.add(command("5", std::string(999, 'x'))) == 3U);
  BOOST_TEST(queue.count("a") == 1U);
  BOOST_TEST(queue.add(command("6", std::string(1000, 'x'))) == 1U);
  BOOST_TEST(queue.count("a") == 1U);
}

BOOST_AUTO_TEST_CASE(what_has_expired_goes) {
  auto soon = command("x");
  soon.expires = kNow + 1min;
  queue.add(soon);
  queue.add(command("y", "2"));
  BOOST_TEST((queue.next_expiry() == kNow + 1min));
  BOOST_TEST(queue.expire(kNow + 1min) == 1U);
  BOOST_TEST(payloads() == Texts{"2"}, boost::test_tools::per_element());
  queue.clock_stepped(10h);
  BOOST_TEST(queue.expire(kNow + 2h) == 0U);
  BOOST_TEST(queue.expire(kNow + 11h) == 1U);
}

BOOST_AUTO_TEST_CASE(the_store_gets_what_is_and_what_is_gone) {
  queue.add(command("x", "1"));
  queue.add(command("y", "2"));
  auto batch = changes();
  BOOST_TEST(batch.commands.size() == 2U);
  BOOST_TEST(!queue.has_changes());
  queue.add(command("x", "3"));
  queue.remove_topic("a", "y");
  batch = changes();
  BOOST_REQUIRE(batch.commands.size() == 1U);
  BOOST_TEST(batch.commands[0].payload == "3");
  BOOST_REQUIRE(batch.removed_commands.size() == 1U);
  BOOST_TEST(batch.removed_commands[0].second == "y");

  CommandQueue next{CommandQueueLimits{}};
  next.restore(batch.commands[0]);
  next.add(command("z", "4"));
  BOOST_TEST(next.next("a")->payload == "3");
}

BOOST_AUTO_TEST_CASE(it_says_whose_count_has_changed) {
  queue.add(command("x", "1", "a"));
  queue.add(command("x", "1", "b"));
  BOOST_TEST(queue.take_changed_devices() == (Texts{"a", "b"}), boost::test_tools::per_element());
  BOOST_TEST(queue.take_changed_devices().empty());
}

BOOST_AUTO_TEST_CASE(a_plugin_is_sent_the_whole_table_and_then_what_changes) {
  CommandRules rules(1);
  rules.begin({CommandTopic::parse("cmd/{device}").value()});
  for (int n = 0; n < 150; ++n) rules.set("d" + std::to_string(n), {request::CommandRule::deny, 1, "c"});
  for (int greeting = 0; greeting < 2; ++greeting) {
    rules.greeted(0);
    BOOST_TEST(std::holds_alternative<request::CommandTopics>(*rules.next_request(0)));
    std::size_t devices = 0;
    for (bool is_last = false; !is_last;) {
      const auto body = rules.next_request(0);
      const auto& changes = std::get<request::DeviceCommands>(*body);
      devices += changes.devices.size();
      is_last = changes.is_last;
    }
    BOOST_TEST(devices == 150U);
    BOOST_TEST(!rules.next_request(0).has_value());
  }
  rules.set("d7", {});
  rules.set("d8", {request::CommandRule::deny, 1, "c"});
  const auto body = rules.next_request(0);
  const auto& changes = std::get<request::DeviceCommands>(*body);
  BOOST_REQUIRE(changes.devices.size() == 1U);
  BOOST_TEST(changes.devices[0].device == "d7");
  BOOST_TEST((changes.devices[0].rule == request::CommandRule::allow));
  BOOST_TEST(!changes.is_last);
  BOOST_TEST(!rules.next_request(0).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
