// SPDX-License-Identifier: Apache-2.0
// Whatever is lost, cut or killed between plugin and bridge: in the end every status is what really happened.
#include <random>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Json = nlohmann::json;

BOOST_AUTO_TEST_SUITE(list_then_watch_whatever_happens)

namespace {

/// What is known for certain of one device.
struct Truth {
  bool is_connected = false;
  Time due{};               ///< when it is offline: it has ended or reported
  bool is_certain = false;  ///< of that: seen by this boot of the broker
  bool is_thing = false;    ///< that a gateway reports on
  Time connected_at{};
  bool has_grace = false;  ///< until `due`: it was lost by a broker that stood still
};

constexpr Millis kWait{60'000};
constexpr Millis kGrace{120'000};
constexpr Millis kSilence{90'000};  // of a keepalive of 60 s
constexpr Millis kSweep{2000};      // of the fake broker

/// Delays on the way make the bridge's idea of the plugin's clock some milliseconds wrong, and no more.
bool is_about(const std::string& text, Time time) {
  for (Millis error{-20}; error <= Millis{20}; ++error) {
    if (text == format_rfc3339(time + error)) return true;
  }
  return false;
}

Config rules_with_reports() {
  Config config;
  config.templates = {default_template()};
  std::vector<DeviceRule> rules(3);
  rules[0].client_id = Pattern::parse("gateway").value();
  rules[0].ignore = true;
  rules[1].client_id = Pattern::parse("{device}").value();
  rules[2].report_topic = Pattern::parse("things/{device}").value();
  config.devices = std::move(rules);
  config.reporters = {"gateway"};
  return config;
}

/// Not while nobody could tell by how much, should the bridge be killed next and the broker have been.
bool may_set_clock(World& world) {
  const auto& known = world.store.brokers;
  const auto main = known.find(world.config().brokers.front().name);
  return world.link_is_up() && world.bridge().follows_clock() && world.store.fail_writes == 0 &&
         world.bridge().is_stored() && main != known.end() && main->second.boot == world.boot() &&
         main->second.clock_offset;
}

Millis some_step(unsigned random) { return std::chrono::hours{static_cast<int>(random % 20'000) - 10'000}; }

void run(unsigned seed, std::optional<std::size_t> most_events = std::nullopt) {
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937 random(seed);
    const auto one_in = [&](unsigned count) { return random() % count == 0; };
    World world(seed % 2 == 0,
                seed % 3 == 0 ? beside_one_that_is_away(rules_with_reports()) : rules_with_reports(),
                most_events);
    std::map<std::string, Truth> truth;
    std::optional<Time> stalled_until;
    const auto any_id = [&] { return "d" + std::to_string(random() % 8); };

    for (int step = 0; step < 150; ++step) {
      switch (random() % 15) {
        case 0:
        case 1:
        case 2: {
          const auto id = any_id();
          world.connect(id);
          truth[id] = {true, {}, true, false, world.true_now()};
          break;
        }
        case 3:
        case 4: {
          const auto id = any_id();
          if (!world.is_online(id)) break;
          world.disconnect(id);
          // 2.0 has no log here, and so no cause: its keepalive may have run out by the broker's standing
          // still.
          const bool is_suspect = !world.tells_connects() && stalled_until &&
                                  world.true_now() - *stalled_until <= kSweep &&
                                  world.true_now() - truth[id].connected_at >= kSilence;
          truth[id] = {false, is_suspect ? *stalled_until + kGrace : world.true_now() + kWait,
                       true,  false,
                       {},    is_suspect};
          break;
        }
        case 5:
          world.tick();
          world.deliver(most_events && one_in(2) ? static_cast<int>(random() % 12) : INT_MAX);
          break;
        case 6:
          world.tick();
          if (one_in(2)) world.drop_one_of_stream(random() % 3);
          if (one_in(4)) world.drop_stream();
          if (one_in(4)) world.drop_requests();
          break;
        case 7:
          world.link_is_up() ? (one_in(3) ? world.break_link() : void()) : world.connect_link();
          break;
        case 8:
          if (one_in(4)) world.kill_bridge();
          if (one_in(4)) world.store.fail_writes = 1 + static_cast<int>(random() % 3);
          break;
        case 9:
          if (!one_in(8)) break;
          world.kill_broker(one_in(2));
          stalled_until.reset();
          for (auto& [id, device] : truth) device = {false, device.due, false, device.is_thing};
          break;
        case 10: {
          // A gateway reports on things that have no connection.
          const auto id = "thing" + std::to_string(random() % 3);
          if (!world.is_online("gateway")) world.connect("gateway");
          world.tick();
          // A plugin that knows no rules yet refuses the one, and doesn't know the other for a report.
          if (!world.publish("gateway", "ds/report/" + id)) break;
          if (one_in(2)) world.publish("gateway", "things/" + id);
          truth[id] = {false, world.true_now() + kWait, true, true};
          break;
        }
        case 11: {
          const auto from = world.true_now();
          world.stand_still(Millis{2001 + random() % 15'000});
          for (auto& [of, device] : truth) {
            if (!device.is_connected && !device.is_thing && device.due > from)
              device.due += world.true_now() - from;
          }
          stalled_until = world.true_now();
          const auto id = any_id();
          if (!world.tells_connects() || !world.is_online(id)) break;
          world.disconnect(id, 19);
          truth[id] = {false, world.true_now() + kGrace, true, false, {}, true};
          break;
        }
        case 12:
          if (!one_in(3) || !may_set_clock(world)) break;
          if (one_in(2)) {
            world.set_clock(some_step(random()));
            world.pass(Millis{50});  // it is stored: else nobody could tell once both have been killed
          } else {
            world.kill_bridge(some_step(random()));
            world.connect_link();
            world.deliver();
          }
          // Were bridge and broker to die before it is stored, nobody could know.
          if (world.link_is_up()) world.settle();
          break;
        default:
          world.pass(Millis{random() % 20'000});
          break;
      }
      // The ends of one turn are told in it: time passes between turns only.
      world.tick();
    }
    if (!world.link_is_up()) world.connect_link();
    world.settle();

    for (const auto& [id, device] : truth) {
      if (!device.is_certain && !world.retained.contains("ds/status/" + id))
        continue;  // forgotten with its broker
      BOOST_TEST_CONTEXT(id) {
        BOOST_TEST_REQUIRE(world.retained.contains("ds/status/" + id));
        const auto status = Json::parse(world.retained["ds/status/" + id]);
        if (device.is_connected) {
          BOOST_TEST(status.at("status") == "online");
          BOOST_TEST(status.at("connected") == true);
        } else if (device.is_certain) {
          const auto due = device.due;
          BOOST_TEST(status.at("connected") == (device.has_grace && due > world.true_now()));
          if (device.has_grace && due <= world.true_now()) BOOST_TEST(status.at("cause") == "broker_lost");
          // No broker's limit holds back the wait of a thing: what is told late begins a wait that ends late.
          if (device.is_thing && due <= world.true_now()) continue;
          BOOST_TEST(status.at("status") == (due <= world.true_now() ? "offline" : "online"));
          if (due <= world.true_now())
            BOOST_TEST(is_about(status.at("since"), due + world.clock_ahead()),
                       status.dump() << " instead of " << format_rfc3339(due + world.clock_ahead()));
        }
      }
    }
    if (world.config().brokers.size() == 1) BOOST_TEST(world.bridge().is_all_acknowledged());
    BOOST_TEST(world.went_back == 0, world.went_back << " statuses with a number that was there before");
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_status_is_right_in_the_end) {
  for (unsigned seed = 1; seed <= 2000; ++seed) run(seed);
}

BOOST_AUTO_TEST_CASE(every_status_is_right_in_the_end_however_little_one_call_applies) {
  for (unsigned seed = 1; seed <= 600; ++seed) run(seed, 1 + seed % 3);
}

BOOST_AUTO_TEST_SUITE_END()
