// SPDX-License-Identifier: Apache-2.0
// Requests and what they lead to: order, limits, snapshots in pages, what is remembered and what is
// bounded.
#include "plugin/request_queue.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

#include "tests/unit/plugin/fake_broker.hpp"
#include "topics/protocol/stream.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

struct Fixture {
  FakeBroker broker;
  TopicNames names{"ds"};
  EventStream stream{broker, 99, names.stream()};
  BrokerState state{stream};
  ConnectionTable connections{stream};
  ActivityLog activity{broker, stream, connections, Millis{0}};
  ReportLog reports{[this](const stream::Reported& report) { stream.add(report); }};
  SnapshotPager snapshots{stream, state, connections, activity, reports};
  DevicePermissions permissions{names};
  Commands commands{broker, stream};
  Guard guard{broker, names, permissions, "rollcall", "geheim"};
  RequestQueue requests{{broker, stream, snapshots, activity, guard, permissions, names, commands},
                        {"1.0", "main", false, Millis{10'000}}};
  ClientHandle bridge = broker.add(1, "rollcall-bridge");

  void ask(std::uint64_t number, const RequestBody& body, std::uint32_t of_session = 5) {
    requests.receive(bridge, encode_request({of_session, number, body}));
    stream.flush();
  }
  void greet(std::uint32_t as_session = 5) { ask(1, request::Hello{"ds"}, as_session); }

  /// Takes what was sent on the stream; the bytes stay alive with it.
  std::vector<std::string> sent() {
    std::vector<std::string> bytes;
    std::erase_if(broker.messages, [&](const FakeBroker::Message& message) {
      if (message.topic != names.stream()) return false;
      bytes.push_back(message.payload);
      return true;
    });
    return bytes;
  }
  std::uint64_t last_done() {
    const auto messages = sent();
    return messages.empty() ? 0 : decode_stream_message(messages.back()).value().header.last_request;
  }
  static request::Publish statuses(std::size_t count) {
    request::Publish body;
    body.publications.resize(count, {"ds/status/a", "{}", 1, true});
    return body;
  }
  ClientFacts client(const std::string& id) {
    ClientFacts facts;
    facts.client_id = id;
    return facts;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(request_queue, Fixture)

BOOST_AUTO_TEST_CASE(nothing_is_sent_before_a_bridge_greets) {
  connections.opened(client("a"), broker.now);
  stream.flush();
  stream.beat();
  BOOST_TEST(broker.messages.empty());
  greet();
  const auto messages = sent();
  BOOST_TEST_REQUIRE(messages.size() == 1U);
  const auto message = decode_stream_message(messages[0]).value();
  BOOST_TEST(message.header.boot == 99U);
  BOOST_TEST(message.header.session == 5U);
  BOOST_TEST(message.header.first_number == 2U);  // the connect that nobody heard was number 1
  BOOST_TEST(std::get<stream::Hello>(message.records.at(0)).broker_name == "main");
}

BOOST_AUTO_TEST_CASE(a_bridge_with_another_prefix_gets_no_answer_and_the_log_says_why) {
  ask(1, request::Hello{"other"});
  BOOST_TEST(broker.messages.empty());
  BOOST_TEST(broker.lines.at(0).find("topic_prefix is \"other\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(publications_come_out_retained_and_are_acknowledged) {
  greet();
  ask(2, request::Publish{{{"ds/status/a", "x", 1, true}, {"ds/timeline/a", "y", 0, false}}});
  BOOST_TEST(last_done() == 2U);
  BOOST_TEST_REQUIRE(broker.messages.size() == 2U);
  BOOST_TEST(broker.messages[0].topic == "ds/status/a");
  BOOST_TEST(broker.messages[0].retain);
  BOOST_TEST(!broker.messages[1].retain);
}

BOOST_AUTO_TEST_CASE(topics_that_are_not_the_bridges_are_never_published) {
  greet();
  ask(2, request::Publish{{{"other/topic", "x", 1, true},
                           {"$ds/event", "x", 0, false},
                           {"ds/status/#", "x", 0, true},
                           {"$SYS/broker/x", "x", 0, true},
                           {"ds/declare/a", "x", 0, false}}});
  BOOST_TEST(last_done() == 2U);
  BOOST_TEST(broker.messages.empty());
  BOOST_TEST(requests.refused_count() == 5U);
}

BOOST_AUTO_TEST_CASE(each_request_is_carried_out_once_and_in_order) {
  greet();
  ask(3, statuses(1));  // number 2 got lost
  BOOST_TEST(broker.messages.size() == 1U);
  BOOST_TEST(last_done() == 1U);
  ask(2, statuses(1));
  ask(2, statuses(1));
  ask(3, statuses(1));
  BOOST_TEST(last_done() == 3U);
  BOOST_TEST(broker.messages.size() == 2U);
}

BOOST_AUTO_TEST_CASE(requests_of_an_older_session_do_nothing) {
  greet(5);
  greet(6);
  sent();
  ask(2, statuses(1), 5);
  BOOST_TEST(broker.messages.empty());
  ask(2, statuses(1), 6);
  BOOST_TEST(broker.messages.size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_greeting_says_how_far_the_session_before_came) {
  greet(5);
  ask(2, request::Ping{}, 5);
  sent();
  greet(6);
  const auto messages = sent();
  const auto message = decode_stream_message(messages.at(0)).value();
  const auto hello = std::get<stream::Hello>(message.records.at(0));
  BOOST_TEST(hello.previous_session == 5U);
  BOOST_TEST(hello.previous_done == 2U);
}

BOOST_AUTO_TEST_CASE(greetings_alone_do_not_hide_how_far_the_session_with_work_came) {
  greet(5);
  ask(2, request::Ping{}, 5);
  greet(6);
  sent();
  greet(7);
  const auto messages = sent();
  const auto message = decode_stream_message(messages.at(0)).value();
  BOOST_TEST(std::get<stream::Hello>(message.records.at(0)).previous_session == 5U);
}

BOOST_AUTO_TEST_CASE(what_waits_goes_with_the_bridge_that_asked_for_it) {
  requests.tick();
  greet();
  ask(2, statuses(256));
  ask(3, statuses(1));
  broker.messages.clear();
  requests.forget(bridge);
  requests.tick();
  stream.flush();
  BOOST_TEST(broker.messages.empty());
  BOOST_TEST(!stream.has_unsent());
}

BOOST_AUTO_TEST_CASE(at_most_256_are_published_in_one_turn) {
  requests.tick();
  greet();
  ask(2, statuses(200));
  ask(3, statuses(200));
  BOOST_TEST(last_done() == 2U);
  BOOST_TEST(broker.messages.size() == 256U);
  requests.tick();
  stream.flush();
  BOOST_TEST(last_done() == 3U);
  BOOST_TEST(broker.messages.size() == 400U);
}

BOOST_AUTO_TEST_CASE(requests_that_wait_are_bounded) {
  requests.tick();
  greet();
  ask(2, statuses(256));
  for (std::uint64_t number = 3; number < 100; ++number) ask(number, statuses(1));
  for (int turn = 0; turn < 10; ++turn) requests.tick();
  stream.flush();
  BOOST_TEST(last_done() == 2 + kMaxWaitingRequests);
}

BOOST_AUTO_TEST_CASE(of_requests_with_rules_one_waits) {
  requests.tick();
  greet();
  ask(2, statuses(256));
  ask(3, statuses(1));
  ask(4, request::Rules{});
  ask(5, request::Rules{});
  requests.tick();
  stream.flush();
  BOOST_TEST(last_done() == 4U);
  ask(5, request::Rules{});
  BOOST_TEST(last_done() == 5U);
}

BOOST_AUTO_TEST_CASE(garbage_is_counted_and_otherwise_left) {
  greet();
  sent();
  requests.receive(bridge, "");
  requests.receive(bridge, "garbage");
  requests.receive(bridge, std::string(1'000'000, 'x'));
  BOOST_TEST(requests.refused_count() == 3U);
  ask(2, request::Ping{});
  BOOST_TEST(last_done() == 2U);
}

BOOST_AUTO_TEST_CASE(a_snapshot_of_many_comes_in_pages_and_misses_nobody_who_ends_between_them) {
  constexpr std::uint64_t kClients = 3 * kMaxPageRows;
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < kClients; ++i)
    numbers.push_back(connections.opened(client("c" + std::to_string(i)), broker.now));
  greet();
  sent();
  std::set<std::uint64_t> live, past;
  request::Snapshot cursor{1};
  std::uint64_t number = 2;
  bool is_complete = false;
  for (int page = 0; page < 20 && !is_complete; ++page) {
    ask(number++, cursor);
    for (const auto& bytes : sent()) {
      const auto message = decode_stream_message(bytes).value();
      for (const auto& record : message.records) {
        if (const auto* row = std::get_if<stream::Live>(&record)) live.insert(row->connection);
        if (const auto* row = std::get_if<stream::Past>(&record)) past.insert(row->connection);
        if (const auto* more = std::get_if<stream::SnapshotMore>(&record)) {
          cursor = {more->snapshot, more->past_cursor, more->live_cursor, more->in_live, more->report_cursor};
        }
        is_complete = is_complete || std::holds_alternative<stream::SnapshotEnd>(record);
      }
    }
    // Ends between the pages: one that was emitted, and one that wasn't.
    connections.ended(numbers[static_cast<std::size_t>(page)], broker.now, Cause::kicked, false);
    connections.ended(numbers[numbers.size() - 1 - static_cast<std::size_t>(page)], broker.now, Cause::kicked,
                      false);
  }
  BOOST_TEST(is_complete);
  for (const auto each : numbers) BOOST_TEST_REQUIRE((live.contains(each) || past.contains(each)));
  BOOST_TEST(number > 4U);
}

BOOST_AUTO_TEST_CASE(of_each_client_id_the_latest_ends_are_remembered_within_bounds) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10; ++i) {
      const auto number = connections.opened(client("c" + std::to_string(i)), broker.now);
      connections.ended(number, broker.now, Cause::kicked, false);
    }
  }
  BOOST_TEST(connections.past().size() == 30U);
  for (int i = 0; i < 100; ++i)
    connections.ended(connections.opened(client("c0"), broker.now), broker.now, Cause::kicked, false);
  BOOST_TEST(connections.past().size() == 27 + kMaxPastOfOneClient);
  for (std::size_t i = 0; i < kMaxPastConnections + 10; ++i) {
    connections.ended(connections.opened(client("d" + std::to_string(i)), broker.now), broker.now,
                      Cause::kicked, false);
  }
  BOOST_TEST(connections.past().size() <= kMaxPastConnections);
  BOOST_TEST(connections.past_bytes() <= kMaxPastBytes);
  for (int i = 0; i < 100'000; ++i) {
    const auto id = std::to_string(i) + std::string(1000, 'x');
    connections.ended(connections.opened(client(id), broker.now), broker.now, Cause::kicked, false);
  }
  BOOST_TEST(connections.past_bytes() <= kMaxPastBytes);
  BOOST_TEST(connections.live().size() == 0U);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_burst_is_repeated_by_heartbeats) {
  greet();
  connections.opened(client("a"), broker.now);
  stream.flush();
  sent();
  stream.beat();
  BOOST_TEST(sent().empty());
  for (int second = 1; second <= 5; ++second) {
    broker.now += Millis{1001};
    stream.beat();
    const auto messages = sent();
    if (second == 5) {
      BOOST_TEST(messages.empty());  // and no more when nothing has changed for a while
    } else {
      BOOST_TEST_REQUIRE(messages.size() == 1U);
      BOOST_TEST(decode_stream_message(messages[0]).value().header.first_number == 3U);
    }
  }
}

BOOST_AUTO_TEST_CASE(rules_hold_until_the_next_ones_also_without_a_bridge) {
  const auto client_a = client("a");
  BOOST_TEST(!permissions.may_declare(handle(1), client_a, "ds/declare/a"));
  greet();
  request::Rules rules;
  rules.rules.emplace_back().client_id = Pattern::parse("{device}").value();
  ask(2, rules);
  BOOST_TEST(last_done() == 2U);
  BOOST_TEST(permissions.may_declare(handle(1), client_a, "ds/declare/a"));
  requests.forget(bridge);
  BOOST_TEST(permissions.may_declare(handle(1), client_a, "ds/declare/a"));
  greet(6);
  auto bad = encode_request({6, 2, rules});
  bad.pop_back();
  requests.receive(bridge, bad);
  BOOST_TEST(requests.refused_count() == 1U);
  BOOST_TEST(permissions.may_declare(handle(1), client_a, "ds/declare/a"));
  ask(2, request::Rules{}, 6);
  BOOST_TEST(!permissions.may_declare(handle(1), client_a, "ds/declare/a"));
}

BOOST_AUTO_TEST_CASE(a_second_bridge_is_refused_and_learns_by_whom_until_the_first_has_gone) {
  BOOST_TEST((guard.login(bridge, "rollcall-bridge", "rollcall", "geheim") == Verdict::allow));
  const auto other = broker.add(2, "other-bridge");
  BOOST_TEST((guard.login(other, "other-bridge", "rollcall", "geheim") == Verdict::allow));
  const auto greet_from = [&](ClientHandle from, std::uint32_t as_session, std::uint64_t instance,
                              bool take_over) {
    requests.receive(from, encode_request({as_session, 1, request::Hello{"ds", instance, take_over}}));
    stream.flush();
    const auto messages = sent();
    BOOST_TEST_REQUIRE(messages.size() == 1U);
    const auto message = decode_stream_message(messages[0]).value();
    BOOST_TEST(message.header.session == as_session);
    return std::holds_alternative<stream::Hello>(message.records.at(0));
  };
  BOOST_TEST(greet_from(bridge, 5, 111, false));
  BOOST_TEST(!greet_from(other, 6, 222, false));
  BOOST_TEST((guard.access(other, Access::write, "ds/bridge") == Verdict::deny));  // its will, that is
  BOOST_TEST((guard.access(bridge, Access::write, "ds/bridge") == Verdict::allow));
  requests.receive(other, encode_request({6, 2, statuses(1)}));
  BOOST_TEST(broker.messages.empty());
  requests.forget(bridge);
  BOOST_TEST(greet_from(other, 7, 222, false));
  BOOST_TEST((guard.access(other, Access::write, "ds/bridge") == Verdict::allow));
}

BOOST_AUTO_TEST_CASE(a_bridge_that_may_takes_over_and_the_other_one_learns_of_it) {
  BOOST_TEST((guard.login(bridge, "rollcall-bridge", "rollcall", "geheim") == Verdict::allow));
  const auto other = broker.add(2, "other-bridge");
  ask(1, request::Hello{"ds", 111, false}, 5);
  sent();
  requests.receive(other, encode_request({6, 1, request::Hello{"ds", 222, true}}));
  stream.flush();
  const auto messages = sent();
  BOOST_TEST_REQUIRE(messages.size() == 2U);
  const auto to_loser = decode_stream_message(messages[0]).value();
  BOOST_TEST(to_loser.header.session == 5U);
  BOOST_TEST(std::get<stream::Displaced>(to_loser.records.at(0)).client_id == "other-bridge");
  BOOST_TEST(decode_stream_message(messages[1]).value().header.session == 6U);
  BOOST_TEST((guard.access(bridge, Access::write, "ds/status/a") == Verdict::deny));
}

BOOST_AUTO_TEST_CASE(a_bridge_that_comes_again_while_its_old_link_hangs_is_served) {
  const auto newer = broker.add(2, "rollcall-bridge-2");
  BOOST_TEST((guard.login(bridge, "rollcall-bridge", "rollcall", "geheim") == Verdict::allow));
  BOOST_TEST((guard.login(newer, "rollcall-bridge-2", "rollcall", "geheim") == Verdict::allow));
  ask(1, request::Hello{"ds", 111, false}, 5);
  sent();
  requests.receive(newer, encode_request({6, 1, request::Hello{"ds", 111, false}}));
  stream.flush();
  const auto messages = sent();
  BOOST_TEST(decode_stream_message(messages.at(0)).value().header.session == 6U);
  // The will of the old link comes when it ends, and says that the bridge has gone.
  BOOST_TEST((guard.access(bridge, Access::write, "ds/bridge") == Verdict::deny));
  BOOST_TEST((guard.access(newer, Access::write, "ds/bridge") == Verdict::allow));
}

BOOST_AUTO_TEST_SUITE_END()
