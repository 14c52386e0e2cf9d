// SPDX-License-Identifier: Apache-2.0
// Messages to devices: refused, kept, and given to the device once it is back, whoever dies meanwhile.
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using namespace std::chrono_literals;

namespace {

using Messages = std::vector<std::pair<std::string, std::string>>;

/// Offline at once; what happens then to messages is `policy`.
Config with_commands(CommandPolicy policy) {
  Config config;
  auto definition = default_template();
  definition.statuses[1].after = 0ms;
  definition.statuses[1].commands = policy;
  definition.on_graceful.after = definition.on_non_graceful.after = 0ms;
  config.templates = {definition};
  config.commands.topics = {CommandTopic::parse("cmd/{device}/#").value()};
  config.commands.templates[definition.name] = 1;
  return config;
}

struct Fixture {
  World world;

  explicit Fixture(bool is_v21 = true, CommandPolicy policy = CommandPolicy::queue)
      : world(is_v21, with_commands(policy)) {
    world.connect_link();
    world.connect("sender");
    world.settle();
  }

  void come(const std::string& id) {
    world.connect(id);
    world.tick();
    world.subscribe(id, "cmd/" + id + "/#");
  }
  void leave(const std::string& id) {
    world.disconnect(id);
    world.settle();
  }
  bool send(const std::string& topic, const std::string& payload) {
    const bool is_taken = world.publish("sender", topic, payload);
    world.tick();
    return is_taken;
  }
  std::size_t count(const std::string& device) { return world.commands().queue().count(device); }
};

struct DenyFixture : Fixture {
  DenyFixture() : Fixture(true, CommandPolicy::deny) {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(commands)

BOOST_FIXTURE_TEST_CASE(messages_are_refused_in_a_status_that_denies_them, DenyFixture) {
  come("a");
  come("b");
  world.settle();
  BOOST_TEST(send("cmd/a/x", "1"));
  leave("a");
  BOOST_TEST(!send("cmd/a/x", "2"));
  BOOST_TEST(!send("cmd/a", "2"));
  BOOST_TEST(send("cmd/b/x", "3"));
  BOOST_TEST(send("data/a/x", "4"));
  come("a");
  world.settle();
  BOOST_TEST(send("cmd/a/x", "5"));
  BOOST_TEST((world.received["a"] == Messages{{"cmd/a/x", "1"}, {"cmd/a/x", "5"}}));
  BOOST_TEST(world.commands().counts().denied == 2U);
}

BOOST_FIXTURE_TEST_CASE(what_was_told_last_holds_while_no_bridge_is_there, DenyFixture) {
  come("a");
  leave("a");
  world.break_link();
  BOOST_TEST(!send("cmd/a/x", "1"));
  world.kill_bridge();
  BOOST_TEST(!send("cmd/a/x", "2"));
  world.kill_broker(true);
  world.connect("sender");
  BOOST_TEST(send("cmd/a/x", "3"));
  world.connect_link();
  world.settle();
  BOOST_TEST(!send("cmd/a/x", "4"));
}

BOOST_FIXTURE_TEST_CASE(the_last_message_of_each_topic_is_delivered_when_the_device_has_subscribed, Fixture) {
  come("a");
  leave("a");
  send("cmd/a/x", "1");
  send("cmd/a/y", "2");
  send("cmd/a/x", "3");
  world.settle();
  BOOST_TEST(count("a") == 2U);
  world.connect("a");
  world.settle();
  BOOST_TEST(world.received["a"].empty());
  world.subscribe("a", "cmd/a/#");
  world.settle();
  BOOST_TEST((world.received["a"] == Messages{{"cmd/a/y", "2"}, {"cmd/a/x", "3"}}));
  BOOST_TEST(count("a") == 0U);
  BOOST_TEST(world.commands().counts().delivered == 2U);
}

BOOST_FIXTURE_TEST_CASE(nobody_else_gets_what_was_kept, Fixture) {
  come("a");
  world.connect("stranger");
  world.tick();
  world.subscribe("stranger", "cmd/#");
  leave("a");
  send("cmd/a/x", "1");
  BOOST_TEST(world.received["stranger"].size() == 1U);
  come("a");
  world.settle();
  BOOST_TEST(world.received["a"].size() == 1U);
  BOOST_TEST(world.received["stranger"].size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_the_broker_keeps_for_a_session_isnt_kept_twice, Fixture) {
  world.keep_session("a");
  come("a");
  leave("a");
  send("cmd/a/x", "1");
  world.settle();
  BOOST_TEST(count("a") == 0U);
  world.connect("a");
  world.settle();
  BOOST_TEST((world.received["a"] == Messages{{"cmd/a/x", "1"}}));
}

BOOST_FIXTURE_TEST_CASE(a_retained_message_is_left_to_the_broker, Fixture) {
  come("a");
  leave("a");
  world.publish("sender", "cmd/a/x", "1", true);
  world.settle();
  BOOST_TEST(count("a") == 0U);
}

BOOST_FIXTURE_TEST_CASE(what_came_while_no_bridge_was_there_is_kept_too, Fixture) {
  come("a");
  leave("a");
  world.break_link();
  send("cmd/a/x", "1");
  world.kill_bridge();
  world.connect_link();
  world.settle();
  BOOST_TEST(count("a") == 1U);
  come("a");
  world.settle();
  BOOST_TEST((world.received["a"] == Messages{{"cmd/a/x", "1"}}));
}

BOOST_FIXTURE_TEST_CASE(what_was_kept_outlives_the_broker_and_the_bridge, Fixture) {
  come("a");
  leave("a");
  send("cmd/a/x", "1");
  world.settle();
  world.kill_broker(false);
  world.kill_bridge();
  world.connect_link();
  world.settle();
  come("a");
  world.settle();
  BOOST_TEST((world.received["a"] == Messages{{"cmd/a/x", "1"}}));
}

BOOST_FIXTURE_TEST_CASE(it_comes_once_even_if_the_bridge_dies_before_it_hears_that_it_was_delivered,
                        Fixture) {
  come("a");
  leave("a");
  send("cmd/a/x", "1");
  world.settle();
  come("a");
  for (int turn = 0; turn < 10 && world.received["a"].empty(); ++turn) {
    world.deliver();
    world.tick();
  }
  BOOST_REQUIRE(world.received["a"].size() == 1U);
  world.kill_bridge();
  BOOST_TEST(count("a") == 1U);
  world.connect_link();
  world.settle();
  BOOST_TEST(count("a") == 0U);
  BOOST_TEST(world.received["a"].size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_is_too_old_isnt_delivered, Fixture) {
  come("a");
  leave("a");
  send("cmd/a/x", "1");
  world.settle();
  world.stand_still(24h);
  world.settle();
  BOOST_TEST(count("a") == 0U);
  BOOST_TEST(world.commands().counts().expired == 1U);
}

BOOST_FIXTURE_TEST_CASE(limits_drop_the_oldest, Fixture) {
  come("a");
  leave("a");
  for (int n = 0; n < 70; ++n) send("cmd/a/" + std::to_string(n), "x");
  world.settle();
  BOOST_TEST(count("a") == 64U);
  BOOST_TEST(world.commands().counts().dropped == 6U);
  send("cmd/a/large", std::string(60'000, 'x'));
  send("cmd/a/other", std::string(60'000, 'y'));
  world.settle();
  BOOST_TEST(count("a") == 1U);
}

BOOST_AUTO_TEST_CASE(nothing_comes_twice_and_what_was_kept_comes_whatever_happens) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937 random(seed);
      const auto one_of = [&](unsigned count) { return random() % count; };
      Fixture fixture(seed % 2 == 0);
      auto& world = fixture.world;
      const std::vector<std::string> devices{"a", "b", "c"};
      for (const auto& each : devices) fixture.come(each);
      world.settle();
      std::map<std::string, std::string> expected;  // by topic, of devices that were away for certain
      int sent = 0;
      for (int step = 0; step < 60; ++step) {
        const auto device = devices[one_of(3)];
        switch (one_of(8)) {
          case 0:
          case 1:
            world.is_online(device) ? world.disconnect(device) : fixture.come(device);
            break;
          case 2:
          case 3:
          case 4: {
            const auto topic = "cmd/" + device + "/" + std::to_string(one_of(3));
            world.publish("sender", topic, std::to_string(++sent));
            break;
          }
          case 5:
            if (one_of(2) == 0) world.kill_bridge();
            if (!world.link_is_up()) world.connect_link();
            break;
          case 6:
            if (world.link_is_up()) {
              one_of(2) == 0 ? void(world.drop_one_of_stream(one_of(3))) : world.break_link();
            }
            break;
          default:
            world.tick();
            world.deliver(static_cast<int>(one_of(5)));
            world.pass(100ms);
        }
      }
      if (!world.link_is_up()) world.connect_link();
      for (const auto& each : devices) {
        if (world.is_online(each)) world.disconnect(each);
      }
      world.settle();
      for (const auto& each : devices) {
        const auto topic = "cmd/" + each + "/last";
        expected[topic] = "last of " + each;
        world.publish("sender", topic, expected[topic]);
        world.tick();
        if (one_of(2) == 0) world.deliver();
        if (one_of(2) == 0) {
          world.kill_bridge();
          world.connect_link();
        }
      }
      for (const auto& each : devices) fixture.come(each);
      world.settle();
      world.pass(10s);
      world.settle();
      std::map<std::string, std::string> last;
      std::set<std::string> seen;
      for (const auto& each : devices) {
        for (const auto& [topic, payload] : world.received[each]) {
          BOOST_TEST(topic.starts_with("cmd/" + each + "/"));
          BOOST_TEST(seen.insert(payload).second);
          last[topic] = payload;
        }
        BOOST_TEST(fixture.count(each) == 0U);
      }
      for (const auto& [topic, payload] : expected) BOOST_TEST(last[topic] == payload);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
