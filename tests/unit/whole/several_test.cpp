// SPDX-License-Identifier: Apache-2.0
// A bridge of several brokers: whatever is cut or killed, in the end every status is what really happened.
#include "tests/unit/whole/several.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace rollcall;
using namespace rollcall::testing;
using Json = nlohmann::json;

namespace {

constexpr std::uint32_t kA = 0, kB = 1;

Json status_of(const Several& world, std::uint32_t at, const std::string& id) {
  const auto payload = world.status(at, id);
  return payload.empty() ? Json() : Json::parse(payload);
}

struct Fixture {
  Several world{2};

  Fixture() {
    world.connect_link(kA);
    world.connect_link(kB);
    world.settle();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(several_brokers, Fixture)

BOOST_AUTO_TEST_CASE(a_status_is_the_same_at_all_of_them) {
  world.connect(kA, "a");
  world.settle();
  BOOST_TEST(status_of(world, kA, "a").at("connected") == true);
  BOOST_TEST(world.status(kA, "a") == world.status(kB, "a"));
}

BOOST_AUTO_TEST_CASE(who_leaves_has_left_though_another_broker_went_away_while_the_bridge_started) {
  world.connect(kA, "a");
  world.settle();
  world.kill_bridge();
  world.connect_link(kA);
  world.deliver(kA);     // it is there, and listed
  world.break_link(kA);  // before the other one is
  world.connect_link(kB);
  world.deliver(kB);
  world.settle(1);

  world.connect(kB, "a");
  world.settle(1);
  world.disconnect(kB, "a");
  world.settle(1);
  BOOST_TEST(status_of(world, kB, "a").at("connected") == false);
  BOOST_TEST(status_of(world, kB, "a").at("cause") == "client_disconnect");
}

BOOST_AUTO_TEST_CASE(who_takes_over_and_leaves_within_a_millisecond_has_left) {
  world.connect(kA, "a");
  world.settle(1);
  world.break_link(kA);
  world.connect(kA, "a");
  world.disconnect(kA, "a");
  world.connect_link(kA);
  world.settle(1);
  BOOST_TEST(status_of(world, kB, "a").at("cause") == "client_disconnect");
}

BOOST_AUTO_TEST_CASE(a_device_that_nobody_knows_any_more_has_no_status_at_any_broker) {
  world.store.fail_writes = 1000;  // the bridge dies before it is stored
  world.connect(kA, "a");
  for (const auto at : {kA, kB}) world.deliver(at);
  BOOST_TEST(!world.status(kB, "a").empty());
  world.store.fail_writes = 0;
  world.kill_broker(kA);
  world.kill_bridge();
  world.connect_link(kA);
  world.connect_link(kB);
  world.settle();
  BOOST_TEST(world.status(kA, "a") == "");
  BOOST_TEST(world.status(kB, "a") == "");
}

BOOST_AUTO_TEST_CASE(a_boot_that_is_lost_before_it_has_told_anything_freezes_no_wait_twice) {
  world.connect(kA, "a");
  world.settle(1);
  world.disconnect(kA, "a");
  const Time due = world.now() + std::chrono::minutes{1};
  world.settle(1);
  BOOST_TEST(status_of(world, kB, "a").at("next").at("at") == format_rfc3339(due));
  const Time lost_at = world.now();
  world.kill_broker(kA, Millis{20'000});
  world.connect_link(kA);
  for (int message = 0; message < 2; ++message) world.deliver_one(kA);  // its answer, and no list
  world.kill_broker(kA, Millis{10'000});
  const Millis frozen = world.now() - lost_at;
  world.connect_link(kA);
  world.settle(2);
  BOOST_TEST(status_of(world, kB, "a").at("status") == "online");
  BOOST_TEST(status_of(world, kB, "a").at("next").at("at") == format_rfc3339(due + frozen));
}

BOOST_AUTO_TEST_CASE(who_left_a_boot_whose_beginning_was_noticed_late_is_not_missing_from_the_one_before) {
  world.connect(kA, "a");
  world.settle();
  world.kill_broker(kA, Millis{1000}, true);
  world.pass(Millis{1000}, false);
  world.connect(kA, "a");
  world.pass(Millis{1000}, false);
  world.disconnect(kA, "a");
  world.pass(Millis{1000}, false);
  world.notice_loss(kA);
  world.kill_bridge();
  world.connect_link(kA);
  world.connect_link(kB);
  world.settle(1);
  BOOST_TEST(status_of(world, kB, "a").at("connected") == false);
  BOOST_TEST(status_of(world, kB, "a").at("cause") == "client_disconnect");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(several_brokers_whatever_happens)

namespace {

/// What is known for certain of one device.
struct Truth {
  Time ended{};             ///< of its last connection
  bool is_certain = false;  ///< nobody was killed between that and its being told
};

void run(unsigned seed, std::optional<std::size_t> most_events = std::nullopt) {
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937 random(seed);
    const auto one_in = [&](unsigned count) { return random() % count == 0; };
    Several world{2, {}, most_events};
    std::map<std::string, Truth> truth;

    for (int step = 0; step < 200; ++step) {
      const std::uint32_t at = random() % 2;
      const auto id = "d" + std::to_string(random() % 6);
      switch (random() % 12) {
        case 0:
        case 1:
        case 2:
          world.pass(Millis{1});  // what came first can be told
          world.connect(at, id);
          truth[id] = {};
          break;
        case 3:
        case 4:
          if (!world.is_online(at, id)) break;
          world.pass(Millis{1});
          world.disconnect(at, id, one_in(3) ? 19 : 0);
          truth[id] = {world.now(), true};
          break;
        case 5:
        case 6:
          world.deliver_one(at);
          break;
        case 7:
          world.deliver(at);
          break;
        case 8:
          world.is_up(at) ? (one_in(3) ? world.break_link(at) : void()) : world.connect_link(at);
          break;
        case 9:
          if (one_in(6)) world.kill_bridge();
          break;
        case 10:
          if (!one_in(10)) break;
          world.kill_broker(at);
          for (auto& [of, device] : truth) device.is_certain = false;
          break;
        default:
          world.pass(Millis{random() % 20'000});
          break;
      }
    }
    for (const std::uint32_t at : {kA, kB}) {
      if (!world.is_up(at)) world.connect_link(at);
    }
    world.settle(300);  // all graces and first waits are over

    for (const auto& [id, device] : truth) {
      BOOST_TEST_CONTEXT(id) {
        BOOST_TEST(world.status(kA, id) == world.status(kB, id));
        if (world.status(kA, id).empty()) {  // it came and went with a broker that nobody asked
          BOOST_TEST(!world.is_online_anywhere(id));
          BOOST_TEST(!device.is_certain);
          continue;
        }
        const auto status = status_of(world, kA, id);
        BOOST_TEST(status.at("connected") == world.is_online_anywhere(id));
        BOOST_TEST(status.at("status") == (world.is_online_anywhere(id) ? "online" : "offline"));
        if (device.is_certain && !world.is_online_anywhere(id)) {
          const auto cause = status.at("cause").get<std::string>();
          BOOST_TEST((cause == "client_disconnect" || cause == "keepalive_timeout"), cause);
        }
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_status_is_right_in_the_end) {
  const char* const seeds = std::getenv("ROLLCALL_SEEDS");  // more of them
  const unsigned last = seeds != nullptr ? static_cast<unsigned>(std::stoul(seeds)) : 1000;
  for (unsigned seed = 1; seed <= last; ++seed) run(seed);
}

BOOST_AUTO_TEST_CASE(every_status_is_right_in_the_end_however_little_one_call_applies) {
  for (unsigned seed = 1; seed <= 400; ++seed) run(seed, 1 + seed % 3);
}

BOOST_AUTO_TEST_CASE(a_broker_that_is_listed_twice_is_served_as_the_first_of_the_two) {
  for (const std::uint32_t first : {0U, 1U}) {
    BOOST_TEST_CONTEXT("the link that is up first: " << first) {
      Several several(2);
      several.pass_for(1, 0);
      several.connect(0, "a");
      several.connect(1, "a");
      several.connect_link(first);
      several.settle(2);
      several.connect_link(1 - first);
      several.settle();
      BOOST_TEST((several.given_up == std::vector<std::uint32_t>{1}));
      BOOST_TEST_REQUIRE(several.log_lines.size() >= 1U);
      const auto told =
          std::count_if(several.log_lines.begin(), several.log_lines.end(), [](const std::string& line) {
            return line.starts_with("brokers \"A\" (mqtt://127.0.0.1:1883) and \"B\" ") &&
                   line.find("are one and the same broker") != std::string::npos;
          });
      BOOST_TEST(told == 1);
      // What happens there is told as ever.
      several.disconnect(0, "a");
      several.settle(70);
      BOOST_TEST(several.status(0, "a").find(R"("status":"offline")") != std::string::npos);
    }
  }
}

/// Of a broker that another entry reached once, long ago, nothing can be said.
BOOST_AUTO_TEST_CASE(a_broker_that_has_moved_from_one_entry_to_another_is_served) {
  Several several(2);
  several.connect_link(0);
  several.connect_link(1);
  several.settle();
  several.break_link(0);
  several.settle(15);
  several.break_link(1);
  several.pass_for(1, 0);
  several.connect_link(1);
  several.settle();
  BOOST_TEST(several.given_up.empty());
}

BOOST_AUTO_TEST_SUITE_END()
