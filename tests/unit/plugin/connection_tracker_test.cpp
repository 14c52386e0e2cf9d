// SPDX-License-Identifier: Apache-2.0
// The rows of docs/broker-behaviour.md, as the callbacks of each broker come.
#include "plugin/connection_tracker.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/plugin/fake_broker.hpp"
#include "topics/protocol/stream.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

/// Returns what the stream has, as words: "+a" opened, "-a client_disconnect" ended, with "!" where a will
/// was sent.
struct Fixture {
  FakeBroker broker;
  EventStream stream{broker, 1, "$ds/event"};
  ConnectionTable connections{stream};
  ActivityLog activity{broker, stream, connections, Millis{0}};
  BrokerState state{stream};
  BrokerLog log{broker};
  ConnectionTracker tracker{broker, connections, activity, state, log};
  std::map<std::uint64_t, std::string> ids;

  Fixture() {
    stream.set_listening(true);
    broker.on_log = [this](const std::string& line) { log.line_came("1667000000: " + line); };
    log.set_subscribed(true);
    log.write_probe();
  }

  std::string emitted() {
    stream.flush();
    std::string words;
    for (const auto& message : std::exchange(broker.messages, {})) {
      const auto decoded = decode_stream_message(message.payload).value();
      for (const auto& record : decoded.records) {
        if (!words.empty()) words += ' ';
        if (const auto* opened = std::get_if<stream::Opened>(&record)) {
          ids[opened->connection] = opened->facts.client_id;
          words += "+" + ids[opened->connection];
        } else if (const auto* ended = std::get_if<stream::Ended>(&record)) {
          words += "-" + ids[ended->connection] + ":" + std::string(to_string(ended->cause)) +
                   (ended->will_sent ? "!" : "");
        }
      }
    }
    return words;
  }

  /// 2.0: a login that is let in, and confirmed.
  ClientHandle online(std::uintptr_t number, const std::string& id, std::uint8_t protocol = 4) {
    const auto client = broker.add(number, id, protocol);
    tracker.login(client, false);
    tracker.tick();
    return client;
  }
  /// 2.1: CONNACK was sent.
  ClientHandle connected(std::uintptr_t number, const std::string& id, std::uint8_t protocol = 4) {
    const auto client = broker.add(number, id, protocol);
    tracker.connected(client, false);
    return client;
  }
  /// The broker's log has it.
  void line(const std::string& text) { log.line_came("1667000001: " + text); }
  void disconnected(ClientHandle client) { tracker.disconnected(client, std::nullopt); }
  void disconnected(ClientHandle client, int reason) { tracker.disconnected(client, reason); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connection_tracker_on_2_0, Fixture)

BOOST_AUTO_TEST_CASE(a_login_counts_at_the_tick_behind_it) {
  const auto a = broker.add(1, "a");
  tracker.login(a, false);
  BOOST_TEST(emitted().empty());
  tracker.tick();
  BOOST_TEST(emitted() == "+a");
}

BOOST_AUTO_TEST_CASE(what_was_agreed_counts_not_what_was_asked_for) {
  const auto a = broker.add(1, "a", 5, 600);
  tracker.login(a, false);
  broker.clients[a].keepalive = 30;
  tracker.tick();
  stream.flush();
  const auto message = decode_stream_message(broker.messages.at(0).payload).value();
  BOOST_TEST(std::get<stream::Opened>(message.records.at(0)).facts.keepalive == 30);
}

BOOST_AUTO_TEST_CASE(a_refused_login_with_a_live_devices_id_changes_nothing) {
  online(1, "a");
  BOOST_TEST(emitted() == "+a");
  const auto thief = broker.add(2, "a");
  tracker.login(thief, false);
  disconnected(thief);
  tracker.tick();
  BOOST_TEST(emitted().empty());
}

BOOST_AUTO_TEST_CASE(a_takeover_is_never_without_a_connection) {
  const auto old = online(1, "a");
  emitted();
  const auto newcomer = broker.add(2, "a");
  tracker.login(newcomer, false);
  tracker.write_checked(old);  // its will
  disconnected(old);
  tracker.tick();
  BOOST_TEST(emitted() == "+a -a:taken_over");
}

BOOST_AUTO_TEST_CASE(a_takeover_proves_the_login_even_if_it_ends_before_the_tick) {
  const auto old = online(1, "a");
  emitted();
  const auto newcomer = broker.add(2, "a");
  tracker.login(newcomer, false);
  disconnected(old);
  line("Client a disconnected.");
  disconnected(newcomer);
  tracker.tick();
  BOOST_TEST(emitted() == "+a -a:taken_over -a:client_disconnect");
}

BOOST_AUTO_TEST_CASE(two_fight_over_one_id_within_one_turn) {
  std::vector<ClientHandle> clients{online(1, "a")};
  emitted();
  for (std::uintptr_t number = 2; number < 5; ++number) {
    clients.push_back(broker.add(number, "a"));
    tracker.login(clients.back(), false);
    disconnected(clients[clients.size() - 2]);
  }
  tracker.tick();
  BOOST_TEST(emitted() == "+a -a:taken_over +a -a:taken_over +a -a:taken_over");
}

BOOST_AUTO_TEST_CASE(an_end_after_a_refused_login_of_the_same_id_is_no_takeover) {
  const auto a = online(1, "a");
  emitted();
  const auto thief = broker.add(2, "a");
  tracker.login(thief, false);
  disconnected(thief);
  line("Client a closed its connection.");
  disconnected(a);
  tracker.tick();
  BOOST_TEST(emitted() == "-a:connection_closed");
}

BOOST_AUTO_TEST_CASE(the_line_about_a_refused_login_is_not_taken_for_a_later_one) {
  const auto a = online(1, "a");
  emitted();
  const auto thief = broker.add(2, "a");
  tracker.login(thief, false);
  line("Client a disconnected, not authorised.");
  disconnected(thief);
  line("Client a disconnected, not authorised.");
  disconnected(broker.add(3, "a"));  // nobody has heard of this one
  disconnected(a);                   // and of this one the broker says nothing
  tracker.tick();
  BOOST_TEST(emitted() == "-a:unknown");
}

BOOST_AUTO_TEST_CASE(the_stray_end_of_a_resumed_session_changes_nothing) {
  const auto old = online(1, "a");
  disconnected(old);
  tracker.tick();
  emitted();
  const auto back = broker.add(2, "a");
  tracker.login(back, false);
  disconnected(old);
  tracker.tick();
  BOOST_TEST(emitted() == "+a");
}

BOOST_AUTO_TEST_CASE(after_a_reload_logins_are_asked_again_and_nobody_connects) {
  const auto a = online(1, "a");
  const auto away = broker.add(2, "away");
  emitted();
  tracker.reloading();
  for (const auto client : {a, away}) {
    if (!tracker.is_asked_again()) tracker.login(client, false);
  }
  tracker.tick();
  BOOST_TEST(emitted().empty());
  tracker.reloading();
  line("Client a disconnected.");
  disconnected(a);
  tracker.tick();
  BOOST_TEST(emitted() == "-a:not_authorized");
}

BOOST_AUTO_TEST_CASE(without_ticks_a_reload_is_over_after_a_pause_or_a_request) {
  tracker.reloading();
  BOOST_TEST(tracker.is_asked_again());
  broker.now += Millis{9};
  BOOST_TEST(tracker.is_asked_again());
  broker.now += Millis{11};
  BOOST_TEST(!tracker.is_asked_again());
  tracker.reloading();
  tracker.end_reload();
  BOOST_TEST(!tracker.is_asked_again());
  tracker.tick();
  tracker.reloading();
  broker.now += Millis{5000};  // many clients: the broker is busy, and the tick hasn't come
  BOOST_TEST(tracker.is_asked_again());
}

BOOST_AUTO_TEST_CASE(the_log_tells_the_cause) {
  const auto a = online(1, "a");
  emitted();
  line("Client a has exceeded timeout, disconnecting.");
  disconnected(a);
  tracker.tick();
  BOOST_TEST(emitted() == "-a:keepalive_timeout");
}

BOOST_AUTO_TEST_CASE(ids_that_look_like_log_lines_fool_nobody) {
  const std::string nasty = "x has exceeded timeout, disconnecting.";
  const auto x = online(1, "x");
  const auto client = online(2, nasty);
  emitted();
  line("Client " + nasty + " closed its connection.");
  disconnected(client);
  tracker.tick();
  BOOST_TEST(emitted() == "-" + nasty + ":connection_closed");
  // A line about somebody else, or one that was used up, says nothing about x.
  disconnected(x);
  tracker.tick();
  BOOST_TEST(emitted() == "-x:unknown");
}

BOOST_AUTO_TEST_CASE(disconnect_with_will_is_distinguished_from_a_plain_one) {
  const auto a = online(1, "a", 5);
  emitted();
  line("Client a disconnected.");
  disconnected(a);
  tracker.write_checked(a);
  tracker.tick();
  BOOST_TEST(emitted() == "-a:disconnect_with_will!");
}

BOOST_AUTO_TEST_CASE(without_the_log_a_will_of_an_active_client_means_closed) {
  const auto a = online(1, "a");
  const auto b = online(2, "b", 5);
  const auto c = online(3, "c");
  const auto d = online(4, "d");
  emitted();
  disconnected(a);
  tracker.write_checked(a);
  disconnected(b);  // MQTT 5: a DISCONNECT may have asked for the will
  tracker.write_checked(b);
  disconnected(c);  // no will: a DISCONNECT, or none
  broker.now += Seconds{91};
  disconnected(d);  // its keepalive may have run out
  tracker.write_checked(d);
  tracker.tick();
  BOOST_TEST(emitted() == "-a:connection_closed! -b:unknown! -c:unknown -d:unknown!");
}

BOOST_AUTO_TEST_CASE(a_login_that_was_not_seen_counts_from_the_first_packet) {
  const auto a = broker.add(1, "a");
  const auto* sender = tracker.heard_from(a, "bridge");
  BOOST_TEST_REQUIRE(sender != nullptr);
  BOOST_TEST(sender->connection->facts.client_id == "a");
  BOOST_TEST(tracker.heard_from(a, "bridge") == sender);
  tracker.tick();
  BOOST_TEST(emitted() == "+a");
}

BOOST_AUTO_TEST_CASE(the_will_of_an_offline_client_is_no_contact) {
  const auto a = online(1, "a");
  disconnected(a);
  tracker.tick();
  emitted();
  tracker.write_checked(a);  // a delayed will
  tracker.tick();
  BOOST_TEST(emitted().empty());
}

BOOST_AUTO_TEST_CASE(without_ticks_the_next_callback_confirms) {
  const auto a = broker.add(1, "a");
  tracker.login(a, false);
  tracker.settle();
  BOOST_TEST(emitted() == "+a");
  const auto b = broker.add(2, "b");
  tracker.login(b, false);
  const auto c = broker.add(3, "c");
  tracker.login(c, false);
  BOOST_TEST(emitted() == "+b");
}

BOOST_AUTO_TEST_CASE(without_ticks_who_keeps_its_id_was_let_in) {
  const auto visitor = broker.add(1, "a");
  tracker.login(visitor, false);
  line("Client a disconnected.");
  disconnected(visitor);
  const auto refused = broker.add(2, "b");
  tracker.login(refused, false);
  broker.clients[refused].client_id.clear();
  disconnected(refused);
  tracker.settle();
  BOOST_TEST(emitted() == "+a -a:client_disconnect");
}

BOOST_AUTO_TEST_CASE(the_bridge_and_too_long_ids_are_not_reported) {
  const auto bridge = broker.add(1, "rollcall-bridge");
  tracker.login(bridge, true);
  const auto giant = broker.add(2, std::string(kMaxReportedIdBytes + 1, 'x'));
  tracker.login(giant, false);
  tracker.tick();
  disconnected(bridge);
  disconnected(giant);
  tracker.tick();
  BOOST_TEST(emitted().empty());
  BOOST_TEST(tracker.unreported_count() == 1U);
  BOOST_TEST(tracker.tracked_count() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(connection_tracker_on_2_1, Fixture)

BOOST_AUTO_TEST_CASE(connects_count_at_once_and_so_do_plain_disconnects) {
  const auto a = connected(1, "a");
  BOOST_TEST(emitted() == "+a");
  disconnected(a, 0);
  BOOST_TEST(emitted() == "-a:client_disconnect");
}

BOOST_AUTO_TEST_CASE(a_takeover_is_never_without_a_connection) {
  const auto old = connected(1, "a");
  emitted();
  tracker.write_checked(old);
  disconnected(old, 142);
  BOOST_TEST(emitted().empty());
  connected(2, "a");
  BOOST_TEST(emitted() == "+a -a:taken_over");
}

BOOST_AUTO_TEST_CASE(a_takeover_whose_newcomer_never_comes_ends_at_the_tick) {
  const auto old = connected(1, "a");
  emitted();
  disconnected(old, 142);
  tracker.tick();
  BOOST_TEST(emitted() == "-a:taken_over");
}

BOOST_AUTO_TEST_CASE(reasons_tell_the_cause_and_the_will_comes_behind) {
  const std::vector<std::tuple<int, bool, std::string>> reasons{
      {7, false, "connection_closed"}, {7, true, "connection_closed!"}, {19, true, "keepalive_timeout!"},
      {2, false, "protocol_error"},    {21, false, "protocol_error"},   {11, false, "not_authorized"},
      {152, false, "kicked"},          {99, false, "unknown"}};
  std::uintptr_t number = 1;
  for (const auto& [reason, has_will, cause] : reasons) {
    const auto a = connected(number++, "a");
    emitted();
    disconnected(a, reason);
    if (has_will) tracker.write_checked(a);
    tracker.tick();
    BOOST_TEST(emitted() == "-a:" + cause);
  }
}

BOOST_AUTO_TEST_CASE(disconnect_with_will_is_distinguished_from_a_plain_one) {
  const auto a = connected(1, "a", 5);
  const auto b = connected(2, "b", 5);
  emitted();
  disconnected(a, 0);
  tracker.write_checked(a);
  disconnected(b, 0);
  tracker.tick();
  BOOST_TEST(emitted() == "-a:disconnect_with_will! -b:client_disconnect");
}

BOOST_AUTO_TEST_CASE(ends_of_addresses_that_are_not_held_change_nothing) {
  const auto refused = broker.add(1, "a");
  connected(2, "a");
  emitted();
  disconnected(refused, 11);
  tracker.tick();
  BOOST_TEST(emitted().empty());
}

BOOST_AUTO_TEST_CASE(a_client_that_kicks_itself_ends_once) {
  const auto a = connected(1, "a");
  emitted();
  disconnected(a, 152);
  disconnected(a, 4);
  tracker.tick();
  BOOST_TEST(emitted() == "-a:kicked");
}

BOOST_AUTO_TEST_SUITE_END()
