// SPDX-License-Identifier: Apache-2.0
// What the plugin makes of a broker that stood still, or whose wall clock was stepped (lifecycle rule 14).
#include <boost/test/unit_test.hpp>

#include "plugin/plugin.hpp"
#include "tests/unit/plugin/fake_broker.hpp"
#include "tests/unit/plugin/outgoing.hpp"
#include "topics/protocol/stream.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

/// A broker with a bridge that has said hello. The loop comes round each 100 ms, unless it stands still.
struct World {
  explicit World(bool tells_connects) : is_v21(tells_connects), plugin(options(), broker, is_v21, 1) {
    plugin.tick();
    plugin.basic_auth(bridge, "rollcall", "geheim");
    if (is_v21) plugin.connected(bridge);
    ask(request::Hello{"ds"});
    if (!is_v21) {
      broker.on_log = [this](const std::string& line) { log_line(line); };
      plugin.acl_check(bridge, Access::subscribe, "$SYS/broker/log/#", {});
      log_line("Client rollcall subscribed.");
    }
    pass(Millis{100});
    taken();
    broker.lines.clear();
  }
  static Options options() {
    Options made;
    made.bridge_secret = "geheim";
    return made;
  }
  void ask(const RequestBody& body) { plugin.control(bridge, encode_request({1, ++request, body})); }
  void pass(Millis time) {
    for (; time > Millis{0}; time -= Millis{100}) {
      broker.now += Millis{100};
      plugin.tick();
    }
  }
  ClientHandle connect(std::uintptr_t number, const std::string& id, std::uint16_t keepalive = 6) {
    const auto client = broker.add(number, id, 4, keepalive);
    plugin.basic_auth(client, std::nullopt, std::nullopt);
    if (is_v21) plugin.connected(client);
    return client;
  }
  /// The broker finds that its keepalive has run out. `says_so`: in its log, on 2.0.
  void lose(ClientHandle client, bool says_so = true) {
    const auto line = "Client " + broker.clients[client].client_id + " has exceeded timeout, disconnecting.";
    if (!is_v21 && says_so) log_line(line);
    end(client, 19);
  }
  void log_line(const std::string& line) {
    plugin.acl_check(bridge, Access::read, "$SYS/broker/log/N", "1667000000: " + line);
  }
  void end(ClientHandle client, int reason) {
    plugin.disconnected(client, is_v21 ? std::optional<int>(reason) : std::nullopt);
  }
  /// 2.1 looks for them before it ticks, 2.0 after it has.
  void go_on_after(Millis time) {
    broker.now += time;
    if (!is_v21) plugin.tick();
  }
  std::vector<StreamRecord> taken() {
    std::vector<StreamRecord> records;
    for (auto& message : std::exchange(broker.messages, {})) {
      if (message.topic != "$ds/event") continue;
      auto bytes = what_leaves(plugin, message);
      if (!bytes) continue;
      kept.push_back(std::make_unique<std::string>(*std::move(bytes)));
      auto decoded = decode_stream_message(*kept.back()).value();
      records.insert(records.end(), decoded.records.begin(), decoded.records.end());
    }
    return records;
  }
  /// Of all ends since the last call.
  std::vector<Cause> causes() {
    std::vector<Cause> found;
    for (const auto& record : taken()) {
      if (const auto* ended = std::get_if<stream::Ended>(&record)) found.push_back(ended->cause);
    }
    return found;
  }

  const bool is_v21;
  FakeBroker broker;
  Plugin plugin;
  const ClientHandle bridge = broker.add(1, "rollcall-bridge", 5);
  std::uint64_t request = 0;
  std::vector<std::unique_ptr<std::string>> kept;
};

constexpr std::array<bool, 2> kBrokers{false, true};

}  // namespace

BOOST_AUTO_TEST_SUITE(stalls)

BOOST_AUTO_TEST_CASE(keepalive_losses_after_it_are_the_brokers_and_are_emitted_behind_it) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    const auto a = world.connect(2, "a");
    world.pass(Millis{3000});
    world.taken();
    const auto from = world.broker.now;
    world.go_on_after(Millis{12'000});
    const auto until = world.broker.now;
    world.lose(a);
    world.pass(Millis{100});
    const auto records = world.taken();
    BOOST_TEST_REQUIRE(records.size() == 2U);
    BOOST_TEST(
        (std::get<stream::StoodStill>(records[0]) == stream::StoodStill{from, until, until + Millis{2000}}));
    BOOST_TEST((std::get<stream::Ended>(records[1]) == stream::Ended{1, until, Cause::broker_lost, false}));
    BOOST_TEST_REQUIRE(world.broker.lines.size() == 1U);
    BOOST_TEST(world.broker.lines[0].find("the broker stood still for 12 s") == 0U);
  }
}

BOOST_AUTO_TEST_CASE(those_beyond_its_next_sweep_are_the_devices) {
  for (const bool is_v21 : kBrokers) {
    World world(is_v21);
    const auto a = world.connect(2, "a");
    const auto b = world.connect(3, "b");
    world.pass(Millis{3000});
    world.go_on_after(Millis{12'000});
    const auto until = world.broker.now;
    world.ask(request::Ping{});  // whatever comes first
    world.pass(Millis{2000});
    BOOST_TEST((world.broker.now - until == Millis{2000}));
    world.lose(a);
    world.pass(Millis{100});
    world.lose(b);
    world.pass(Millis{100});
    BOOST_TEST((world.causes() == std::vector{Cause::broker_lost, Cause::keepalive_timeout}));
  }
}

BOOST_AUTO_TEST_CASE(other_ends_are_what_they_are) {
  World world(true);
  std::vector<ClientHandle> clients;
  for (std::uintptr_t number = 2; number < 7; ++number) {
    clients.push_back(world.connect(number, "c" + std::to_string(number)));
  }
  world.pass(Millis{100});
  world.taken();
  world.go_on_after(Millis{12'000});
  for (const auto& [client, reason] : {std::pair(0, 0), {1, 7}, {2, 152}, {3, 2}, {4, 999}}) {
    world.end(clients[static_cast<std::size_t>(client)], reason);
  }
  world.pass(Millis{100});
  BOOST_TEST((world.causes() == std::vector{Cause::client_disconnect, Cause::connection_closed, Cause::kicked,
                                            Cause::protocol_error, Cause::unknown}));
}

BOOST_AUTO_TEST_CASE(on_2_0_an_end_without_a_line_is_the_brokers_if_its_keepalive_can_have_run_out) {
  World world(false);
  const auto can = world.connect(2, "can", 6);
  const auto cannot = world.connect(3, "cannot", 60);
  const auto never = world.connect(4, "never", 0);
  world.pass(Millis{100});
  world.taken();
  world.go_on_after(Millis{12'000});
  for (const auto client : {can, cannot, never}) world.lose(client, false);
  world.pass(Millis{100});
  BOOST_TEST((world.causes() == std::vector{Cause::broker_lost, Cause::unknown, Cause::unknown}));
}

BOOST_AUTO_TEST_CASE(a_step_of_the_wall_clock_lets_keepalives_run_out_that_could_not_have) {
  for (const bool says_so : {true, false}) {
    World world(false);
    const auto a = world.connect(2, "a", 60);
    world.pass(Millis{2000});
    world.taken();
    world.broker.wall_offset += Millis{3'600'000};
    world.go_on_after(Millis{100});
    const auto until = world.broker.now;
    world.lose(a, says_so);
    world.pass(Millis{100});
    const auto records = world.taken();
    BOOST_TEST_REQUIRE(records.size() == 2U);
    BOOST_TEST(
        (std::get<stream::StoodStill>(records[0]) == stream::StoodStill{until, until, until + Millis{2000}}));
    BOOST_TEST((std::get<stream::Ended>(records[1]).cause == Cause::broker_lost));
    BOOST_TEST(world.broker.lines[0].find("the broker's wall clock was set forward by 3600 s") == 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_snapshot_has_them_before_its_rows) {
  World world(true);
  const auto a = world.connect(2, "a");
  world.pass(Millis{100});
  world.go_on_after(Millis{12'000});
  world.lose(a);
  world.pass(Millis{100});
  const auto emitted = world.taken();
  world.ask(request::Snapshot{1, 0, 0, false, 0});
  const auto records = world.taken();
  BOOST_TEST_REQUIRE(records.size() == 5U);
  BOOST_TEST(std::holds_alternative<stream::SnapshotBegin>(records[0]));
  BOOST_TEST((std::get<stream::StoodStill>(records[2]) == std::get<stream::StoodStill>(emitted[1])));
  BOOST_TEST((std::get<stream::Past>(records[3]).cause == Cause::broker_lost));
}

BOOST_AUTO_TEST_CASE(only_so_many_are_remembered) {
  World world(true);
  for (std::size_t i = 0; i < kMaxPastStalls + 10; ++i) {
    world.broker.now += Millis{3000};
    world.plugin.tick();
  }
  world.taken();
  world.ask(request::Snapshot{1, 0, 0, false, 0});
  BOOST_TEST(world.taken().size() == kMaxPastStalls + 3);
}

BOOST_AUTO_TEST_CASE(ticks_that_stop_on_2_1_are_registered_for_anew_and_statuses_go_on) {
  World world(true);
  world.broker.wall_offset -= Millis{3'600'000};
  world.broker.now += Millis{1000};
  BOOST_TEST(!world.plugin.take_stopped_ticks());
  world.ask(request::Ping{});
  BOOST_TEST(world.plugin.take_stopped_ticks());
  BOOST_TEST(!world.plugin.take_stopped_ticks());
  world.pass(Millis{100});
  BOOST_TEST(world.broker.lines[0].find("the broker's wall clock was set back by 3600 s") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
