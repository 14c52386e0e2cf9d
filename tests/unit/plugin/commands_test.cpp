// SPDX-License-Identifier: Apache-2.0
// Messages to devices in the plugin: which table holds, what is kept, whom it is given to, and that nobody
// can make it grow.
#include "plugin/commands.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/unit/plugin/fake_broker.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

using request::CommandRule;

std::vector<CommandTopic> topics(const std::vector<std::string>& texts) {
  std::vector<CommandTopic> made;
  for (const auto& text : texts) made.push_back(CommandTopic::parse(text).value());
  return made;
}

struct Fixture {
  FakeBroker broker;
  EventStream stream{broker, 99, "$ds/event"};
  Commands commands{broker, stream};
  RateLimit of_publisher;

  Fixture() { stream.set_listening(true); }

  void tell(const std::vector<request::DeviceCommand>& devices,
            const std::vector<std::string>& patterns = {"cmd/{device}/#", "set/{device}"}) {
    request::CommandTopics body{topics(patterns)};
    commands.execute(body);
    commands.execute(request::DeviceCommands{devices, true});
  }
  void publish(const std::string& topic, const std::string& payload = "x", std::uint8_t qos = 1,
               const MessageProperties* properties = nullptr) {
    commands.published({topic, payload, qos, properties}, of_publisher);
  }
  /// Ends the turn and returns what the bridge is told.
  std::vector<StreamRecord> told() {
    commands.end_turn(true);
    stream.flush();
    std::vector<StreamRecord> records;
    for (const auto& message : broker.messages) {
      if (message.topic != "$ds/event") continue;
      bytes_.push_back(message.payload);
      const auto decoded = decode_stream_message(bytes_.back()).value();
      records.insert(records.end(), decoded.records.begin(), decoded.records.end());
    }
    std::erase_if(broker.messages, [](const auto& message) { return message.topic == "$ds/event"; });
    return records;
  }
  std::vector<std::string> kept() {
    std::vector<std::string> texts;
    for (const auto& record : told()) {
      if (const auto* command = std::get_if<stream::Command>(&record))
        texts.push_back(std::string(command->message.topic) + (command->is_passed ? " passed" : ""));
    }
    return texts;
  }
  std::vector<bool> answers() {
    std::vector<bool> done;
    for (const auto& record : told()) {
      if (const auto* answer = std::get_if<stream::Delivered>(&record)) done.push_back(answer->is_done);
    }
    return done;
  }

 private:
  std::deque<std::string> bytes_;
};

using Texts = std::vector<std::string>;

request::DeliverCommand command(std::uint64_t number) {
  return {{7, number}, "pump", {"cmd/a/x", "on", 1, 0, {}}};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(commands, Fixture)

BOOST_AUTO_TEST_CASE(only_the_topics_of_a_device_in_the_table_are_refused) {
  tell({{"a", "pump", 1, CommandRule::deny}, {"b", "lamp", 2, CommandRule::deny}});
  BOOST_TEST(commands.refuse("cmd/a/x"));
  BOOST_TEST(commands.refuse("cmd/a"));
  BOOST_TEST(!commands.refuse("set/a"));
  BOOST_TEST(!commands.refuse("cmd/b/x"));
  BOOST_TEST(commands.refuse("set/b"));
  BOOST_TEST(!commands.refuse("cmd/c/x"));
  BOOST_TEST(!commands.refuse("cmdx/a"));
}

BOOST_AUTO_TEST_CASE(a_table_takes_the_place_of_the_one_before_at_once_when_it_is_complete) {
  tell({{"a", "pump", 1, CommandRule::deny}});
  request::CommandTopics next{topics({"cmd/{device}/#"})};
  commands.execute(next);
  commands.execute(request::DeviceCommands{{{"b", "lamp", 1, CommandRule::deny}}, false});
  BOOST_TEST(commands.refuse("cmd/a/x"));
  BOOST_TEST(!commands.refuse("cmd/b/x"));
  commands.execute(request::DeviceCommands{{}, true});
  BOOST_TEST(!commands.refuse("cmd/a/x"));
  BOOST_TEST(commands.refuse("cmd/b/x"));
  commands.execute(request::DeviceCommands{{{"b", "", 0, CommandRule::allow}}, false});
  BOOST_TEST(!commands.is_on());
}

BOOST_AUTO_TEST_CASE(a_table_without_topics_is_empty_at_once) {
  tell({{"a", "pump", 1, CommandRule::deny}});
  request::CommandTopics none;
  commands.execute(none);
  BOOST_TEST(!commands.is_on());
}

BOOST_AUTO_TEST_CASE(the_last_message_of_a_topic_is_kept_with_what_it_says) {
  tell({{"a", "pump", 1, CommandRule::queue}});
  publish("cmd/a/x", "1");
  const MessageProperties properties{600, "others"};
  publish("cmd/a/x", "2", 1, &properties);
  const auto records = told();
  BOOST_REQUIRE(records.size() == 1U);
  const auto& kept = std::get<stream::Command>(records[0]);
  BOOST_TEST(kept.device == "a");
  BOOST_TEST((kept.message == CommandMessage{"cmd/a/x", "2", 1, 600, "others"}));
}

BOOST_AUTO_TEST_CASE(what_the_broker_gives_to_the_devices_client_isnt_kept) {
  tell({{"a", "pump", 1, CommandRule::queue}});
  broker.add(2, "pump");
  broker.add(3, "other");
  publish("cmd/a/x");
  BOOST_TEST(commands.may_read(handle(3), "cmd/a/x", "x"));
  BOOST_TEST(commands.may_read(handle(2), "cmd/a/x", "x"));
  publish("cmd/a/y");
  BOOST_TEST(commands.may_read(handle(3), "cmd/a/y", "x"));
  BOOST_TEST(kept() == (Texts{"cmd/a/x passed", "cmd/a/y"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_message_of_qos_2_waits_for_its_release) {
  tell({{"a", "pump", 1, CommandRule::queue}});
  broker.add(2, "pump");
  publish("cmd/a/x", "x", 2);
  publish("cmd/a/y", "y", 2);
  BOOST_TEST(kept().empty());
  commands.may_read(handle(2), "cmd/a/x", "x");
  BOOST_TEST(kept() == Texts{"cmd/a/x passed"}, boost::test_tools::per_element());
  broker.now += kReleasedWithin;
  BOOST_TEST(kept() == Texts{"cmd/a/y"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_isnt_kept_by_the_bridge_yet_is_told_again) {
  tell({{"a", "pump", 1, CommandRule::queue}});
  stream.set_listening(false);
  publish("cmd/a/x");
  BOOST_TEST(kept().empty());
  publish("cmd/a/y");
  stream.set_listening(true);
  BOOST_TEST(kept().size() == 2U);
  BOOST_TEST(kept().empty());
  commands.execute(request::CommandsKept{1, true});
  BOOST_TEST(kept() == Texts{"cmd/a/y"}, boost::test_tools::per_element());
  commands.execute(request::CommandsKept{2, true});
  BOOST_TEST(kept().empty());
}

BOOST_AUTO_TEST_CASE(a_command_is_given_to_one_client_and_once) {
  broker.add(2, "pump");
  broker.add(3, "other");
  BOOST_TEST(commands.execute(command(1)));
  BOOST_TEST(commands.execute(command(1)));
  BOOST_REQUIRE(broker.messages.size() == 1U);
  BOOST_TEST(!commands.may_read(handle(3), "cmd/a/x", "on"));
  BOOST_TEST(commands.may_read(handle(3), "cmd/a/x", "off"));
  BOOST_TEST(commands.may_read(handle(3), "cmd/a/y", "on"));
  BOOST_TEST(commands.may_read(handle(2), "cmd/a/x", "on"));
  BOOST_TEST(answers().empty());
  BOOST_TEST(answers() == std::vector<bool>{true}, boost::test_tools::per_element());
  BOOST_TEST(commands.execute(command(1)));
  BOOST_TEST(answers() == std::vector<bool>{true}, boost::test_tools::per_element());
  BOOST_TEST(broker.messages.size() == 1U);
  BOOST_TEST(commands.may_read(handle(3), "cmd/a/x", "on"));
}

BOOST_AUTO_TEST_CASE(a_command_that_nobody_reads_isnt_delivered) {
  broker.add(3, "other");
  commands.execute(command(1));
  BOOST_TEST(!commands.may_read(handle(3), "cmd/a/x", "on"));
  BOOST_TEST(answers().empty());
  BOOST_TEST(answers() == std::vector<bool>{false}, boost::test_tools::per_element());
  commands.execute(command(1));
  BOOST_TEST(broker.messages.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_command_on_its_way_doesnt_count_for_a_newer_one) {
  tell({{"a", "pump", 1, CommandRule::queue}});
  broker.add(2, "pump");
  commands.execute(command(1));
  publish("cmd/a/x", "off");
  BOOST_TEST(commands.may_read(handle(2), "cmd/a/x", "on"));
  BOOST_TEST(kept() == Texts{"cmd/a/x"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(only_so_many_are_under_way) {
  for (std::uint64_t number = 1; number <= kMaxCommandsUnderWay; ++number)
    BOOST_TEST_REQUIRE(commands.execute(command(number)));
  BOOST_TEST(!commands.execute(command(1000)));
}

BOOST_AUTO_TEST_CASE(what_one_publisher_sends_too_often_is_dropped_and_counted) {
  tell({{"a", "pump", 1, CommandRule::queue}});
  for (int n = 0; n < kCommandRate.burst + 5; ++n) publish("cmd/a/" + std::to_string(n));
  BOOST_TEST(commands.dropped_count() == 5U);
  RateLimit of_another;
  commands.published({"cmd/a/another", "x"}, of_another);
  BOOST_TEST(commands.dropped_count() == 5U);
}

BOOST_AUTO_TEST_CASE(what_is_too_large_is_dropped) {
  tell({{"a", "pump", 1, CommandRule::queue}});
  publish("cmd/a/x", std::string(kMaxCommandBytes, 'x'));
  BOOST_TEST(commands.dropped_count() == 1U);
  BOOST_TEST(kept().empty());
}

BOOST_AUTO_TEST_CASE(strangers_cant_make_it_grow) {
  tell({{"a", "pump", 1, CommandRule::queue}});
  stream.set_listening(false);
  CommandLog log;
  const std::string payload(10'000, 'x');
  for (std::size_t n = 0; n < 30'000; ++n) {
    const auto topic = "cmd/a/" + std::to_string(n);
    RateLimit another;
    log.note("a", "pump", {topic, payload, static_cast<std::uint8_t>(n % 3), 0, {}}, broker.now, another);
    if (n % 100 == 0) log.settle(broker.now);
    BOOST_TEST_REQUIRE(log.bytes() <= kMaxLoggedCommandBytes);
    BOOST_TEST_REQUIRE(log.count() <= kMaxLoggedCommands);
  }
  BOOST_TEST(log.dropped_count() > 0U);
}

BOOST_AUTO_TEST_CASE(the_bridge_is_told_how_many_were_refused) {
  tell({{"a", "pump", 1, CommandRule::deny}});
  broker.now += Millis{2000};
  commands.refuse("cmd/a/x");
  const auto records = told();
  BOOST_REQUIRE(records.size() == 1U);
  BOOST_TEST((std::get<stream::CommandCounts>(records[0]) == stream::CommandCounts{1, 0}));
  BOOST_TEST(told().empty());
}

BOOST_AUTO_TEST_SUITE_END()
