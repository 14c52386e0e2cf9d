// SPDX-License-Identifier: Apache-2.0
// What clients say, from the broker's callbacks to the event stream: activity, declarations, reports.
#include <algorithm>
#include <set>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "plugin/core.hpp"
#include "tests/unit/plugin/fake_broker.hpp"
#include "tests/unit/plugin/leaving.hpp"
#include "topics/protocol/stream.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

struct Plugin {
  explicit Plugin(bool is_v21, std::uint32_t interval = 10)
      : tells_connects(is_v21), core(options(interval), broker, is_v21, 1) {
    core.tick();
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
    core.basic_auth(bridge, "rollcall", "geheim");
    if (tells_connects) core.connected(bridge);
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
    core.control(bridge, encode_request({session, ++request_number, body}));
  }
  ClientHandle connect(std::uintptr_t number, const std::string& id, const std::string& username = "") {
    const auto client = broker.add(number, id);
    broker.clients[client].username = username;
    broker.clients[client].has_username = !username.empty();
    core.basic_auth(client, std::nullopt, std::nullopt);
    if (tells_connects) core.connected(client);
    return client;
  }
  void end(ClientHandle client) {
    core.disconnected(client, tells_connects ? std::optional<int>(7) : std::nullopt);
  }
  /// True if the plugin leaves it to the broker, which accepts it.
  bool publish(ClientHandle client, const std::string& topic, std::string_view payload = "x",
               bool is_retained = false) {
    if (core.acl_check(client, Access::write, topic.c_str(), payload) == Verdict::deny) return false;
    core.message(client, topic.c_str(), payload, is_retained);
    return true;
  }
  void turn(Millis time = Millis{5}) {
    constexpr Millis kLongestTurn{2000};
    for (; time > kLongestTurn; time -= kLongestTurn) {
      broker.now += kLongestTurn;
      core.tick();
    }
    broker.now += time;
    core.tick();
  }
  /// The records that came since the last call; the bytes stay alive with the plugin.
  std::vector<StreamRecord> taken() {
    std::vector<StreamRecord> records;
    for (auto& message : broker.messages) {
      if (message.topic != "$ds/event") continue;
      auto bytes = what_leaves(core, message);
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
  Core core;
  ClientHandle bridge = broker.add(1, "rollcall-bridge");
  std::uint32_t session = 1;
  std::uint64_t request_number = 0;
  std::vector<std::unique_ptr<std::string>> kept;
};

constexpr std::array<bool, 2> kBrokers{false, true};

}  // namespace

BOOST_AUTO_TEST_SUITE(what_clients_say)

BOOST_AUTO_TEST_CASE(activity_is_told_once_an_interval_with_the_latest_time) {
  for (const bool is_v21 : kBrokers) {
    Plugin plugin(is_v21);
    plugin.greet();
    const auto a = plugin.connect(2, "a");
    plugin.connect(3, "silent");
    plugin.turn();
    plugin.turn(Millis{9000});
    plugin.publish(a, "t");
    plugin.turn(Millis{100});
    plugin.publish(a, "t");
    const auto last = plugin.broker.now;
    plugin.turn();
    plugin.taken();
    plugin.turn(Millis{1000});
    const auto swept = plugin.broker.now;
    const auto records = plugin.taken();
    BOOST_TEST_REQUIRE(records.size() == 2U);
    BOOST_TEST((std::get<stream::Active>(records[0]) == stream::Active{1, last}));
    BOOST_TEST((std::get<stream::ActiveUntil>(records[1]) == stream::ActiveUntil{swept}));
    plugin.turn(Millis{10'000});
    BOOST_TEST(plugin.taken_of<stream::Active>().empty());
  }
}

BOOST_AUTO_TEST_CASE(activity_is_told_before_the_end) {
  for (const bool is_v21 : kBrokers) {
    Plugin plugin(is_v21);
    plugin.greet();
    const auto a = plugin.connect(2, "a");
    plugin.turn();
    plugin.taken();
    plugin.publish(a, "t");
    plugin.broker.now += Millis{3};
    plugin.publish(a, "t");
    const auto at = plugin.broker.now;
    plugin.broker.now += Millis{3};
    plugin.end(a);
    plugin.turn();
    const auto records = plugin.taken();
    BOOST_TEST_REQUIRE(records.size() == 2U);
    BOOST_TEST((std::get<stream::Active>(records[0]) == stream::Active{1, at}));
    BOOST_TEST(std::holds_alternative<stream::Ended>(records[1]));
  }
}

BOOST_AUTO_TEST_CASE(a_list_has_the_latest_activity_and_what_follows_is_told_all_the_same) {
  for (const bool is_v21 : kBrokers) {
    Plugin plugin(is_v21);
    plugin.greet();
    const auto a = plugin.connect(2, "a");
    const auto publish = [&] {
      plugin.broker.now += Millis{3};
      plugin.publish(a, "t");
      return plugin.broker.now;
    };
    publish();
    const auto listed = publish();
    plugin.taken();
    plugin.ask(request::Snapshot{1});
    BOOST_TEST((plugin.taken_of<stream::Active>().at(0) == stream::Active{1, listed}));
    publish();
    const auto last = publish();
    plugin.turn(Millis{10'000});
    BOOST_TEST((plugin.taken_of<stream::Active>() == std::vector{stream::Active{1, last}}));
  }
}

BOOST_AUTO_TEST_CASE(activity_is_off_unless_the_bridge_asks_and_the_option_allows_it) {
  for (const auto& [wanted, interval] : {std::pair(false, 10U), std::pair(true, 0U)}) {
    Plugin plugin(true, interval);
    plugin.greet(wanted);
    const auto a = plugin.connect(2, "a");
    plugin.taken();
    plugin.publish(a, "t");
    for (int i = 0; i < 30; ++i) plugin.turn(Millis{1000});
    BOOST_TEST(plugin.taken().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_sweep_of_many_goes_on_over_turns_and_says_how_far_it_is_when_it_is_complete) {
  Plugin plugin(true);
  plugin.greet();
  constexpr std::uintptr_t kClients = 2 * kMaxToldPerLoop + 10;
  for (std::uintptr_t i = 0; i < kClients; ++i)
    plugin.publish(plugin.connect(10 + i, "c" + std::to_string(i)), "t");
  plugin.turn();
  plugin.taken();
  plugin.turn(Millis{10'000});
  const auto began = plugin.broker.now;
  BOOST_TEST(plugin.taken_of<stream::Active>().size() == kMaxToldPerLoop);
  BOOST_TEST(plugin.core.wants_tick());
  plugin.turn();
  BOOST_TEST(plugin.taken_of<stream::ActiveUntil>().empty());
  plugin.turn();
  const auto records = plugin.taken();
  BOOST_TEST(records.size() == 11U);
  BOOST_TEST((std::get<stream::ActiveUntil>(records.back()) == stream::ActiveUntil{began}));
  BOOST_TEST(!plugin.core.wants_tick());
}

BOOST_AUTO_TEST_CASE(the_bridges_own_messages_and_declarations_are_no_activity) {
  for (const bool is_v21 : kBrokers) {
    Plugin plugin(is_v21);
    plugin.greet();
    const auto a = plugin.connect(2, "a");
    plugin.turn();
    plugin.taken();
    plugin.publish(a, "ds/declare/a", "{}");
    plugin.publish(plugin.bridge, "t");
    plugin.publish(plugin.bridge, "zigbee2mqtt/lamp");
    plugin.turn(Millis{10'000});
    const auto records = plugin.taken();
    BOOST_TEST_REQUIRE(records.size() == 2U);
    BOOST_TEST(std::holds_alternative<stream::Declared>(records[0]));
    BOOST_TEST(std::holds_alternative<stream::ActiveUntil>(records[1]));
  }
}

BOOST_AUTO_TEST_CASE(a_declaration_comes_with_its_connection_even_before_the_login_is_certain) {
  Plugin plugin(false);
  plugin.greet();
  const auto a = plugin.connect(2, "a");
  BOOST_TEST(plugin.publish(a, "ds/declare/a", "one"));  // no turn in between
  plugin.turn();
  const auto records = plugin.taken();
  BOOST_TEST_REQUIRE(records.size() == 2U);
  BOOST_TEST(std::get<stream::Opened>(records[0]).connection == 1U);
  BOOST_TEST(std::get<stream::Declared>(records[1]).connection == 1U);
}

BOOST_AUTO_TEST_CASE(nobody_declares_for_another_nor_before_the_rules_are_known) {
  for (const bool is_v21 : kBrokers) {
    Plugin plugin(is_v21);
    const auto a = plugin.connect(2, "a");
    plugin.turn();
    BOOST_TEST(!plugin.publish(a, "ds/declare/a", "{}"));
    plugin.greet();
    BOOST_TEST(plugin.publish(a, "ds/declare/a", "{}"));
    for (const auto* topic : {"ds/declare/b", "ds/declare/a/error", "ds/declare", "ds/declare/%61",
                              "ds/report/a", "ds/declare/a/x"}) {
      BOOST_TEST(!plugin.publish(a, topic, "{}"), topic);
    }
    // Should another plugin have let it pass.
    plugin.core.message(a, "ds/declare/b", "{}", false);
    plugin.core.message(a, "ds/report/b", "{}", false);
    plugin.turn();
    const auto declared = plugin.taken_of<stream::Declared>();
    BOOST_TEST_REQUIRE(declared.size() == 1U);
    BOOST_TEST(declared[0].payload == "{}");
  }
}

BOOST_AUTO_TEST_CASE(a_will_says_nothing) {
  for (const bool is_v21 : kBrokers) {
    Plugin plugin(is_v21);
    plugin.greet();
    const auto a = plugin.connect(2, "a", "gateway");
    plugin.turn();
    plugin.taken();
    plugin.end(a);
    // A will is checked, and never a message.
    for (const auto* topic : {"ds/declare/a", "ds/report/lamp", "zigbee2mqtt/lamp"}) {
      BOOST_TEST((plugin.core.acl_check(a, Access::write, topic, "{}") == Verdict::none), topic);
    }
    plugin.turn(Millis{20'000});
    for (const auto& record : plugin.taken()) {
      BOOST_TEST((std::holds_alternative<stream::Ended>(record) ||
                  std::holds_alternative<stream::ActiveUntil>(record)));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_long_declaration_is_cut_so_that_it_shows) {
  Plugin plugin(true);
  plugin.greet();
  const auto a = plugin.connect(2, "a");
  plugin.taken();
  plugin.publish(a, "ds/declare/a", std::string(kMaxDeclarationBytes, 'x'));
  plugin.publish(a, "ds/declare/a", std::string(100'000, 'y'));
  plugin.turn();
  const auto declared = plugin.taken_of<stream::Declared>();
  BOOST_TEST_REQUIRE(declared.size() == 2U);
  BOOST_TEST(declared[0].payload.size() == kMaxDeclarationBytes);
  BOOST_TEST(declared[1].payload.size() == kMaxDeclarationBytes + 1);
}

BOOST_AUTO_TEST_CASE(one_message_that_several_instances_tell_is_one_declaration) {
  Plugin plugin(true);
  plugin.greet();
  const auto a = plugin.connect(2, "a");
  plugin.taken();
  plugin.core.message(a, "ds/declare/a", "{}", false);
  plugin.core.message(a, "ds/declare/a", "{}", false);
  plugin.turn();
  BOOST_TEST(plugin.taken_of<stream::Declared>().size() == 1U);
}

BOOST_AUTO_TEST_CASE(reports_are_told_with_who_made_them_where_that_matters) {
  for (const bool is_v21 : kBrokers) {
    Plugin plugin(is_v21);
    plugin.greet(false);
    const auto gateway = plugin.connect(2, "z2m", "gateway");
    const auto other = plugin.connect(3, "other");
    plugin.turn();
    plugin.taken();
    BOOST_TEST(plugin.publish(gateway, "ds/report/lamp"));
    BOOST_TEST(!plugin.publish(other, "ds/report/lamp"));
    BOOST_TEST(plugin.publish(gateway, "zigbee2mqtt/switch"));
    BOOST_TEST(plugin.publish(gateway, "zigbee/switch"));
    plugin.turn();
    const auto reported = plugin.taken_of<stream::Reported>();
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
    Plugin plugin(is_v21);
    plugin.greet(true);
    const auto gateway = plugin.connect(2, "z2m", "gateway");
    const auto other = plugin.connect(3, "other");
    plugin.turn();
    plugin.taken();
    const auto lines = [&] {
      plugin.turn();
      return std::count_if(plugin.broker.lines.begin(), plugin.broker.lines.end(), [](const auto& line) {
        return line.find("the flag retain is no report") != std::string::npos;
      });
    };
    // Nobody misses these.
    plugin.publish(other, "ds/report/lamp", "x", true);
    plugin.publish(gateway, "zigbee/lamp", "x", true);
    plugin.publish(gateway, "meter/a", "x", true);
    BOOST_TEST(lines() == 0);
    BOOST_TEST(plugin.publish(gateway, "ds/report/lamp", "x", true));  // the broker may have it all the same
    BOOST_TEST(plugin.publish(gateway, "zigbee2mqtt/lamp", "x", true));
    BOOST_TEST(plugin.publish(gateway, "zigbee2mqtt/lamp", "", true));
    BOOST_TEST(lines() == 1);
    const auto records = plugin.taken();
    BOOST_TEST_REQUIRE(records.size() == 1U);
    BOOST_TEST(std::get<stream::Reported>(records[0]).topic == "meter/a");
    plugin.publish(gateway, "zigbee2mqtt/lamp");
    plugin.turn();
    BOOST_TEST(plugin.taken_of<stream::Reported>().size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_retained_message_is_activity_and_a_declaration_as_any_other) {
  for (const bool is_v21 : kBrokers) {
    Plugin plugin(is_v21);
    plugin.greet();
    const auto a = plugin.connect(2, "a");
    plugin.turn();
    plugin.taken();
    plugin.publish(a, "t", "x", true);
    plugin.publish(a, "ds/declare/a", "{}", true);
    plugin.turn(Millis{10'000});
    const auto records = plugin.taken();
    BOOST_TEST_REQUIRE(records.size() == 3U);
    BOOST_TEST(std::holds_alternative<stream::Declared>(records[0]));
    BOOST_TEST(std::holds_alternative<stream::Active>(records[1]));
  }
}

BOOST_AUTO_TEST_CASE(a_snapshot_tells_all_that_was_said_while_the_bridge_was_away) {
  for (const bool is_v21 : kBrokers) {
    Plugin plugin(is_v21);
    plugin.greet();
    const auto a = plugin.connect(2, "a");
    const auto b = plugin.connect(3, "b");
    const auto gateway = plugin.connect(4, "z2m", "gateway");
    plugin.turn();
    plugin.end(plugin.bridge);
    plugin.turn();
    plugin.taken();
    plugin.publish(a, "t");
    plugin.publish(a, "ds/declare/a", "one");
    plugin.publish(a, "ds/declare/a", "two");
    plugin.publish(b, "ds/declare/b", "three");
    plugin.turn();
    plugin.publish(b, "ds/declare/b", "");
    plugin.end(b);
    plugin.publish(gateway, "ds/report/lamp");
    for (int i = 0; i < 30; ++i) plugin.turn(Millis{1000});
    BOOST_TEST(plugin.taken().empty());
    plugin.greet(true, 2);
    plugin.ask(request::Snapshot{1});
    plugin.turn();
    const auto records = plugin.taken();
    std::vector<std::string> said;
    for (const auto& record : records) {
      if (const auto* row = std::get_if<stream::Past>(&record)) said.emplace_back(row->facts.client_id);
      if (const auto* row = std::get_if<stream::Live>(&record)) said.emplace_back(row->facts.client_id);
      if (std::holds_alternative<stream::Active>(record)) said.emplace_back("active");
      if (const auto* row = std::get_if<stream::Declared>(&record))
        said.emplace_back("\"" + std::string(row->payload) + "\"");
      if (const auto* row = std::get_if<stream::Reported>(&record)) said.emplace_back(row->topic);
      if (std::holds_alternative<stream::SnapshotEnd>(record)) said.emplace_back("end");
      if (std::holds_alternative<stream::ActiveUntil>(record)) said.emplace_back("until");
    }
    const std::vector<std::string> expected{"b",      "\"\"",           "a",   "active", "\"two\"", "z2m",
                                            "active", "ds/report/lamp", "end", "until"};
    BOOST_TEST(said == expected, boost::test_tools::per_element());
    plugin.ask(request::Snapshot{2, 0, 0, false, std::numeric_limits<std::uint64_t>::max()});
    BOOST_TEST(plugin.taken_of<stream::Reported>().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_snapshot_of_many_reports_comes_in_pages) {
  Plugin plugin(true);
  plugin.greet();
  const auto gateway = plugin.connect(2, "z2m", "gateway");
  constexpr std::size_t kTopics = 2 * kMaxPageRows + 100;
  for (std::size_t i = 0; i < kTopics; ++i) plugin.publish(gateway, "ds/report/" + std::to_string(i));
  plugin.turn();
  plugin.taken();
  request::Snapshot cursor{1};
  std::set<std::string> topics;
  bool is_complete = false;
  for (int page = 0; page < 10 && !is_complete; ++page) {
    plugin.ask(cursor);
    for (const auto& record : plugin.taken()) {
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
