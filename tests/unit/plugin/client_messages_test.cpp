// SPDX-License-Identifier: Apache-2.0
// What clients publish, from the broker's callbacks to the event stream: activity, declarations, reports.
#include <algorithm>
#include <set>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "plugin/plugin.hpp"
#include "tests/unit/plugin/fake_broker.hpp"
#include "tests/unit/plugin/outgoing.hpp"
#include "topics/protocol/stream.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

struct World {
  explicit World(bool is_v21, std::uint32_t interval = 10)
      : tells_connects(is_v21), plugin(options(interval), broker, is_v21, 1) {
    plugin.tick();
  }

  static Options options(std::uint32_t interval) {
    Options made;
    made.bridge_secret = "geheim";
    made.activity_interval_seconds = interval;
    return made;
  }
  void greet(bool wants_activity = true, std::uint32_t in_session = 1) {
    session = in_session;
    request_number = 0;
    plugin.basic_auth(bridge, "rollcall", "geheim");
    if (tells_connects) plugin.connected(bridge);
    ask(request::Hello{"ds"});
    request::Rules rules;
    rules.wants_activity = wants_activity;
    rules.templates = {"default"};
    rules.reporters = {"gateway"};
    rules.rules.emplace_back().client_id = Pattern::parse("{device}").value();
    rules.rules.emplace_back().report_topic = Pattern::parse("zigbee2mqtt/{device}").value();
    rules.rules.emplace_back().report_topic = Pattern::parse("meter/{device}").value();
    rules.rules.back().retained = RetainedReports::count;
    ask(rules);
    turn();
    taken();
  }
  void ask(const RequestBody& body) {
    plugin.control(bridge, encode_request({session, ++request_number, body}));
  }
  ClientHandle connect(std::uintptr_t number, const std::string& id, const std::string& username = "") {
    const auto client = broker.add(number, id);
    broker.clients[client].username = username;
    broker.clients[client].has_username = !username.empty();
    plugin.basic_auth(client, std::nullopt, std::nullopt);
    if (tells_connects) plugin.connected(client);
    return client;
  }
  void end(ClientHandle client) {
    plugin.disconnected(client, tells_connects ? std::optional<int>(7) : std::nullopt);
  }
  /// True if the plugin leaves it to the broker, which accepts it.
  bool publish(ClientHandle client, const std::string& topic, std::string_view payload = "x",
               bool is_retained = false) {
    if (plugin.acl_check(client, Access::write, topic.c_str(), payload) == Verdict::deny) return false;
    plugin.message(client, topic.c_str(), payload, is_retained);
    return true;
  }
  void turn(Millis time = Millis{5}) {
    constexpr Millis kLongestTurn{2000};
    for (; time > kLongestTurn; time -= kLongestTurn) {
      broker.now += kLongestTurn;
      plugin.tick();
    }
    broker.now += time;
    plugin.tick();
  }
  /// The records that came since the last call; the bytes stay alive with the world.
  std::vector<StreamRecord> taken() {
    std::vector<StreamRecord> records;
    for (auto& message : broker.messages) {
      if (message.topic != "$ds/event") continue;
      auto bytes = what_leaves(plugin, message);
      if (!bytes) continue;
      kept.push_back(std::make_unique<std::string>(*std::move(bytes)));
      auto decoded = decode_stream_message(*kept.back()).value();
      records.insert(records.end(), decoded.records.begin(), decoded.records.end());
    }
    broker.messages.clear();
    return records;
  }
  template <typename Record>
  std::vector<Record> taken_of() {
    std::vector<Record> found;
    for (const auto& record : taken()) {
      if (const auto* one = std::get_if<Record>(&record)) found.push_back(*one);
    }
    return found;
  }

  bool tells_connects;
  FakeBroker broker;
  Plugin plugin;
  ClientHandle bridge = broker.add(1, "rollcall-bridge");
  std::uint32_t session = 1;
  std::uint64_t request_number = 0;
  std::vector<std::unique_ptr<std::string>> kept;
};

constexpr std::array<bool, 2> kBrokers{false, true};

}  // namespace

BOOST_AUTO_TEST_SUITE(client_messages)

BOOST_AUTO_TEST_CASE(of_a_flood_of_declarations_a_few_are_emitted_and_the_last_one) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    world.greet();
    const auto pump = world.connect(2, "pump");
    world.turn();
    world.taken();
    for (int i = 1; i <= 10'100; ++i) {  // in as many ms
      world.publish(pump, "ds/declare/pump", std::to_string(i));
      world.turn(Millis{1});
    }
    const auto during = world.taken_of<stream::Declared>();
    BOOST_TEST(during.size() <= 31U);
    BOOST_TEST(during.size() >= 29U);
    world.turn(Millis{500});
    const auto last = world.taken_of<stream::Declared>();
    BOOST_TEST_REQUIRE(last.size() == 1U);
    BOOST_TEST(last[0].payload == "10100");
    world.turn(Millis{2000});
    BOOST_TEST(world.taken_of<stream::Declared>().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_declaration_that_waits_comes_before_the_end_of_its_connection_and_in_snapshots_once) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    world.greet();
    const auto pump = world.connect(2, "pump");
    world.turn();
    world.taken();
    const auto declare_often = [&](const std::string& last) {
      for (int i = 0; i < 20; ++i) world.publish(pump, "ds/declare/pump", i < 19 ? std::to_string(i) : last);
    };
    declare_often("first");
    world.turn();
    world.taken();
    world.ask(request::Snapshot{1});
    world.turn();
    const auto in_snapshot = world.taken_of<stream::Declared>();
    BOOST_TEST_REQUIRE(in_snapshot.size() == 1U);
    BOOST_TEST(in_snapshot[0].payload == "first");
    world.turn(Millis{1000});
    BOOST_TEST(world.taken_of<stream::Declared>().empty());
    declare_often("last");
    world.end(pump);
    world.turn();
    const auto records = world.taken();
    BOOST_TEST_REQUIRE(records.size() >= 2U);
    const auto* declared = std::get_if<stream::Declared>(&records[records.size() - 2]);
    BOOST_TEST_REQUIRE(declared != nullptr);
    BOOST_TEST(declared->payload == "last");
    BOOST_TEST(std::holds_alternative<stream::Ended>(records.back()));
  }
}

BOOST_AUTO_TEST_CASE(activity_is_emitted_once_an_interval_with_the_latest_time) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    world.greet();
    const auto a = world.connect(2, "a");
    world.connect(3, "silent");
    world.turn();
    world.turn(Millis{9000});
    world.publish(a, "t");
    world.turn(Millis{100});
    world.publish(a, "t");
    const auto last = world.broker.now;
    world.turn();
    world.taken();
    world.turn(Millis{1000});
    const auto swept = world.broker.now;
    const auto records = world.taken();
    BOOST_TEST_REQUIRE(records.size() == 2U);
    BOOST_TEST((std::get<stream::Active>(records[0]) == stream::Active{1, last}));
    BOOST_TEST((std::get<stream::ActiveUntil>(records[1]) == stream::ActiveUntil{swept}));
    world.turn(Millis{10'000});
    BOOST_TEST(world.taken_of<stream::Active>().empty());
  }
}

BOOST_AUTO_TEST_CASE(activity_is_emitted_before_the_end) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    world.greet();
    const auto a = world.connect(2, "a");
    world.turn();
    world.taken();
    world.publish(a, "t");
    world.broker.now += Millis{3};
    world.publish(a, "t");
    const auto at = world.broker.now;
    world.broker.now += Millis{3};
    world.end(a);
    world.turn();
    const auto records = world.taken();
    BOOST_TEST_REQUIRE(records.size() == 2U);
    BOOST_TEST((std::get<stream::Active>(records[0]) == stream::Active{1, at}));
    BOOST_TEST(std::holds_alternative<stream::Ended>(records[1]));
  }
}

BOOST_AUTO_TEST_CASE(a_snapshot_has_the_latest_activity_and_what_follows_is_emitted_all_the_same) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    world.greet();
    const auto a = world.connect(2, "a");
    const auto publish = [&] {
      world.broker.now += Millis{3};
      world.publish(a, "t");
      return world.broker.now;
    };
    publish();
    const auto listed = publish();
    world.taken();
    world.ask(request::Snapshot{1});
    BOOST_TEST((world.taken_of<stream::Active>().at(0) == stream::Active{1, listed}));
    publish();
    const auto last = publish();
    world.turn(Millis{10'000});
    BOOST_TEST((world.taken_of<stream::Active>() == std::vector{stream::Active{1, last}}));
  }
}

BOOST_AUTO_TEST_CASE(activity_is_off_unless_the_bridge_asks_and_the_option_allows_it) {
  for (const auto& [wanted, interval] : {std::pair(false, 10U), std::pair(true, 0U)}) {
    World world(true, interval);
    world.greet(wanted);
    const auto a = world.connect(2, "a");
    world.taken();
    world.publish(a, "t");
    for (int i = 0; i < 30; ++i) world.turn(Millis{1000});
    BOOST_TEST(world.taken().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_sweep_of_many_goes_on_over_turns_and_says_how_far_it_is_when_it_is_complete) {
  World world(true);
  world.greet();
  constexpr std::uintptr_t kClients = 2 * kMaxEmittedPerLoop + 10;
  for (std::uintptr_t i = 0; i < kClients; ++i)
    world.publish(world.connect(10 + i, "c" + std::to_string(i)), "t");
  world.turn();
  world.taken();
  world.turn(Millis{10'000});
  const auto began = world.broker.now;
  BOOST_TEST(world.taken_of<stream::Active>().size() == kMaxEmittedPerLoop);
  BOOST_TEST(world.plugin.wants_tick());
  world.turn();
  BOOST_TEST(world.taken_of<stream::ActiveUntil>().empty());
  world.turn();
  const auto records = world.taken();
  BOOST_TEST(records.size() == 11U);
  BOOST_TEST((std::get<stream::ActiveUntil>(records.back()) == stream::ActiveUntil{began}));
  BOOST_TEST(!world.plugin.wants_tick());
}

BOOST_AUTO_TEST_CASE(the_bridges_own_messages_and_declarations_are_no_activity) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    world.greet();
    const auto a = world.connect(2, "a");
    world.turn();
    world.taken();
    world.publish(a, "ds/declare/a", "{}");
    world.publish(world.bridge, "t");
    world.publish(world.bridge, "zigbee2mqtt/lamp");
    world.turn(Millis{10'000});
    const auto records = world.taken();
    BOOST_TEST_REQUIRE(records.size() == 2U);
    BOOST_TEST(std::holds_alternative<stream::Declared>(records[0]));
    BOOST_TEST(std::holds_alternative<stream::ActiveUntil>(records[1]));
  }
}

BOOST_AUTO_TEST_CASE(a_declaration_comes_with_its_connection_even_before_the_login_is_certain) {
  World world(false);
  world.greet();
  const auto a = world.connect(2, "a");
  BOOST_TEST(world.publish(a, "ds/declare/a", "one"));  // no turn in between
  world.turn();
  const auto records = world.taken();
  BOOST_TEST_REQUIRE(records.size() == 2U);
  BOOST_TEST(std::get<stream::Opened>(records[0]).connection == 1U);
  BOOST_TEST(std::get<stream::Declared>(records[1]).connection == 1U);
}

BOOST_AUTO_TEST_CASE(nobody_declares_for_another_nor_before_the_rules_are_known) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    const auto a = world.connect(2, "a");
    world.turn();
    BOOST_TEST(!world.publish(a, "ds/declare/a", "{}"));
    world.greet();
    BOOST_TEST(world.publish(a, "ds/declare/a", "{}"));
    for (const auto* topic : {"ds/declare/b", "ds/declare/a/error", "ds/declare", "ds/declare/%61",
                              "ds/report/a", "ds/declare/a/x"}) {
      BOOST_TEST(!world.publish(a, topic, "{}"), topic);
    }
    // Should another plugin have let it pass.
    world.plugin.message(a, "ds/declare/b", "{}", false);
    world.plugin.message(a, "ds/report/b", "{}", false);
    world.turn();
    const auto declared = world.taken_of<stream::Declared>();
    BOOST_TEST_REQUIRE(declared.size() == 1U);
    BOOST_TEST(declared[0].payload == "{}");
  }
}

BOOST_AUTO_TEST_CASE(a_will_says_nothing) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    world.greet();
    const auto a = world.connect(2, "a", "gateway");
    world.turn();
    world.taken();
    world.end(a);
    // A will is checked, and never a message.
    for (const auto* topic : {"ds/declare/a", "ds/report/lamp", "zigbee2mqtt/lamp"}) {
      BOOST_TEST((world.plugin.acl_check(a, Access::write, topic, "{}") == Verdict::none), topic);
    }
    world.turn(Millis{20'000});
    for (const auto& record : world.taken()) {
      BOOST_TEST((std::holds_alternative<stream::Ended>(record) ||
                  std::holds_alternative<stream::ActiveUntil>(record)));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_long_declaration_is_cut_so_that_it_shows) {
  World world(true);
  world.greet();
  const auto a = world.connect(2, "a");
  world.taken();
  world.publish(a, "ds/declare/a", std::string(kMaxDeclarationBytes, 'x'));
  world.publish(a, "ds/declare/a", std::string(100'000, 'y'));
  world.turn();
  const auto declared = world.taken_of<stream::Declared>();
  BOOST_TEST_REQUIRE(declared.size() == 2U);
  BOOST_TEST(declared[0].payload.size() == kMaxDeclarationBytes);
  BOOST_TEST(declared[1].payload.size() == kMaxDeclarationBytes + 1);
}

BOOST_AUTO_TEST_CASE(one_message_that_several_instances_pass_on_is_one_declaration) {
  World world(true);
  world.greet();
  const auto a = world.connect(2, "a");
  world.taken();
  world.plugin.message(a, "ds/declare/a", "{}", false);
  world.plugin.message(a, "ds/declare/a", "{}", false);
  world.turn();
  BOOST_TEST(world.taken_of<stream::Declared>().size() == 1U);
}

BOOST_AUTO_TEST_CASE(reports_are_emitted_with_who_made_them_where_that_matters) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    world.greet(false);
    const auto gateway = world.connect(2, "z2m", "gateway");
    const auto other = world.connect(3, "other");
    world.turn();
    world.taken();
    BOOST_TEST(world.publish(gateway, "ds/report/lamp"));
    BOOST_TEST(!world.publish(other, "ds/report/lamp"));
    BOOST_TEST(world.publish(gateway, "zigbee2mqtt/switch"));
    BOOST_TEST(world.publish(gateway, "zigbee/switch"));
    world.turn();
    const auto reported = world.taken_of<stream::Reported>();
    BOOST_TEST_REQUIRE(reported.size() == 2U);
    BOOST_TEST(reported[0].topic == "ds/report/lamp");
    BOOST_TEST(reported[0].client_id == "");
    BOOST_TEST(reported[1].topic == "zigbee2mqtt/switch");
    BOOST_TEST(reported[1].client_id == "z2m");
    BOOST_TEST(reported[1].username == "gateway");
  }
}

BOOST_AUTO_TEST_CASE(
    what_is_published_as_retained_is_no_report_where_no_rule_says_so_and_the_log_says_so_once) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    world.greet(true);
    const auto gateway = world.connect(2, "z2m", "gateway");
    const auto other = world.connect(3, "other");
    world.turn();
    world.taken();
    const auto lines = [&] {
      world.turn();
      return std::count_if(world.broker.lines.begin(), world.broker.lines.end(), [](const auto& line) {
        return line.find("ignored a retained message") != std::string::npos;
      });
    };
    // Nobody misses these.
    world.publish(other, "ds/report/lamp", "x", true);
    world.publish(gateway, "zigbee/lamp", "x", true);
    world.publish(gateway, "meter/a", "x", true);
    BOOST_TEST(lines() == 0);
    BOOST_TEST(world.publish(gateway, "ds/report/lamp", "x", true));  // the broker may have it all the same
    BOOST_TEST(world.publish(gateway, "zigbee2mqtt/lamp", "x", true));
    BOOST_TEST(world.publish(gateway, "zigbee2mqtt/lamp", "", true));
    BOOST_TEST(lines() == 1);
    const auto records = world.taken();
    BOOST_TEST_REQUIRE(records.size() == 1U);
    BOOST_TEST(std::get<stream::Reported>(records[0]).topic == "meter/a");
    world.publish(gateway, "zigbee2mqtt/lamp");
    world.turn();
    BOOST_TEST(world.taken_of<stream::Reported>().size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_retained_message_is_activity_and_a_declaration_as_any_other) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    world.greet();
    const auto a = world.connect(2, "a");
    world.turn();
    world.taken();
    world.publish(a, "t", "x", true);
    world.publish(a, "ds/declare/a", "{}", true);
    world.turn(Millis{10'000});
    const auto records = world.taken();
    BOOST_TEST_REQUIRE(records.size() == 3U);
    BOOST_TEST(std::holds_alternative<stream::Declared>(records[0]));
    BOOST_TEST(std::holds_alternative<stream::Active>(records[1]));
  }
}

BOOST_AUTO_TEST_CASE(a_snapshot_has_all_that_was_published_while_the_bridge_was_away) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    world.greet();
    const auto a = world.connect(2, "a");
    const auto b = world.connect(3, "b");
    const auto gateway = world.connect(4, "z2m", "gateway");
    world.turn();
    world.end(world.bridge);
    world.turn();
    world.taken();
    world.publish(a, "t");
    world.publish(a, "ds/declare/a", "one");
    world.publish(a, "ds/declare/a", "two");
    world.publish(b, "ds/declare/b", "three");
    world.turn();
    world.publish(b, "ds/declare/b", "");
    world.end(b);
    world.publish(gateway, "ds/report/lamp");
    for (int i = 0; i < 30; ++i) world.turn(Millis{1000});
    BOOST_TEST(world.taken().empty());
    world.greet(true, 2);
    world.ask(request::Snapshot{1});
    world.turn();
    const auto records = world.taken();
    std::vector<std::string> rows;
    for (const auto& record : records) {
      if (const auto* row = std::get_if<stream::Past>(&record)) rows.emplace_back(row->facts.client_id);
      if (const auto* row = std::get_if<stream::Live>(&record)) rows.emplace_back(row->facts.client_id);
      if (std::holds_alternative<stream::Active>(record)) rows.emplace_back("active");
      if (const auto* row = std::get_if<stream::Declared>(&record))
        rows.emplace_back("\"" + std::string(row->payload) + "\"");
      if (const auto* row = std::get_if<stream::Reported>(&record)) rows.emplace_back(row->topic);
      if (std::holds_alternative<stream::SnapshotEnd>(record)) rows.emplace_back("end");
      if (std::holds_alternative<stream::ActiveUntil>(record)) rows.emplace_back("until");
    }
    const std::vector<std::string> expected{"b",      "\"\"",           "a",   "active", "\"two\"", "z2m",
                                            "active", "ds/report/lamp", "end", "until"};
    BOOST_TEST(rows == expected, boost::test_tools::per_element());
    world.ask(request::Snapshot{2, 0, 0, false, std::numeric_limits<std::uint64_t>::max()});
    BOOST_TEST(world.taken_of<stream::Reported>().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_snapshot_of_many_reports_comes_in_pages) {
  World world(true);
  world.greet();
  const auto gateway = world.connect(2, "z2m", "gateway");
  constexpr std::size_t kTopics = 2 * kMaxPageRows + 100;
  for (std::size_t i = 0; i < kTopics; ++i) world.publish(gateway, "ds/report/" + std::to_string(i));
  world.turn();
  world.taken();
  request::Snapshot cursor{1};
  std::set<std::string> topics;
  bool is_complete = false;
  for (int page = 0; page < 10 && !is_complete; ++page) {
    world.ask(cursor);
    for (const auto& record : world.taken()) {
      if (const auto* row = std::get_if<stream::Reported>(&record)) topics.emplace(row->topic);
      if (const auto* more = std::get_if<stream::SnapshotMore>(&record)) {
        cursor = {more->snapshot, more->past_cursor, more->live_cursor, more->in_live, more->report_cursor};
      }
      is_complete = is_complete || std::holds_alternative<stream::SnapshotEnd>(record);
    }
  }
  BOOST_TEST(is_complete);
  BOOST_TEST(topics.size() == kTopics);
}

BOOST_AUTO_TEST_SUITE_END()
