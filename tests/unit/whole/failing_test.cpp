// SPDX-License-Identifier: Apache-2.0
// A store and a broker that fail at one call, whichever: what was said is right in the end, and all of it is
// stored.
#include <map>
#include <set>
#include <string>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Json = nlohmann::json;

namespace {

void turn(World& world) {
  world.tick();
  world.deliver();
  world.pass(Millis{100});
}

/// Some of everything: connects, ends, blips, waits, a takeover, an outage, a bridge that is killed.
void live(World& world) {
  world.connect_link();
  turn(world);
  for (const std::string id : {"stays", "leaves", "blinks", "lost"}) world.connect(id);
  turn(world);
  world.disconnect("leaves");
  world.disconnect("blinks");
  turn(world);
  world.connect("blinks");
  world.connect("stays");  // takes over
  turn(world);
  // Whoever kills the bridge while its store fails loses what the store wouldn't take; not so here.
  for (int turns = 0; turns < 100 && !world.bridge().is_stored(); ++turns) turn(world);
  world.kill_bridge();
  world.disconnect("lost", 19);
  world.connect_link();
  for (int second = 0; second < 65; ++second) {
    world.pass(Millis{1000});
    turn(world);
  }
  world.kill_broker(false);
  world.pass(Millis{3000});
  world.connect_link();
  world.connect("stays");
  turn(world);
  world.pass(std::chrono::minutes{2});
  world.settle();
  for (int turns = 0; turns < 100 && !world.bridge().is_stored(); ++turns) turn(world);
}

/// What the world sees at last, without what depends on when things were said.
std::map<std::string, Json> seen(const World& world) {
  std::map<std::string, Json> statuses;
  for (const auto& [topic, payload] : world.retained) {
    if (!topic.starts_with("ds/status/")) continue;
    auto status = Json::parse(payload);
    statuses[topic] = {status["status"], status["connected"], status["cause"], status["previous"]};
  }
  return statuses;
}

void check(World& world, const std::map<std::string, Json>& expected) {
  BOOST_TEST((seen(world) == expected));
  BOOST_TEST(world.went_back == 0);
  BOOST_TEST(world.bridge().is_all_acknowledged());
  BOOST_TEST(world.bridge().is_stored());
  // The store has every row that was published, and the status of each device as it was published.
  for (const auto& [topic, payload] : world.timeline) {
    if (topic.starts_with("ds/timeline/")) {
      BOOST_TEST(world.store.rows.contains(Json::parse(payload).at("seq").get<std::uint64_t>()));
    }
  }
  for (const auto& [name, device] : world.store.devices) {
    const auto status = Json::parse(world.retained.at("ds/status/" + name));
    BOOST_TEST(device.seq == status.at("seq").get<std::uint64_t>());
    BOOST_TEST(device.status == status.at("status"));
  }
  // And every row of the store was published, once the doubles are dropped.
  std::set<std::uint64_t> published;
  for (const auto& [topic, payload] : world.timeline) {
    if (topic.starts_with("ds/timeline/"))
      published.insert(Json::parse(payload).at("seq").get<std::uint64_t>());
  }
  for (const auto& [seq, row] : world.store.rows) BOOST_TEST(published.contains(seq));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failing)

BOOST_AUTO_TEST_CASE(a_store_that_fails_at_any_one_write) {
  World whole(true);
  live(whole);
  const auto expected = seen(whole);
  BOOST_TEST_REQUIRE(expected.size() == 4U);
  check(whole, expected);
  BOOST_TEST(whole.store.ended > 20);
  for (int number = 1; number <= whole.store.ended; ++number) {
    BOOST_TEST_CONTEXT("write " << number) {
      World world(true);
      world.store.fail_write_number = number;
      live(world);
      check(world, expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_broker_that_refuses_any_one_publish) {
  World whole(true);
  whole.refuse_publish_in(1'000'000);
  live(whole);
  const auto expected = seen(whole);
  for (long number = 1; number <= 150; ++number) {
    BOOST_TEST_CONTEXT("publish " << number) {
      World world(true);
      world.refuse_publish_in(number);
      live(world);
      check(world, expected);
    }
  }
}

/// What is retained is what is stored, and both are as the store had it.
BOOST_AUTO_TEST_CASE(what_was_published_and_never_stored_is_corrected_at_the_next_start) {
  for (const bool is_beside_another : {false, true}) {
    World world(true, is_beside_another ? beside_one_that_is_away() : Config{});
    world.connect_link();
    for (const std::string id : {"set", "forgotten", "as it was"}) {
      world.connect(id);
      world.tick();
      world.disconnect(id);
      world.tick();
    }
    for (int turns = 0; turns < 70; ++turns) turn(world);  // and waits for the other broker no longer
    const auto before = seen(world);
    BOOST_TEST_REQUIRE(before.size() == 3U);

    world.store.fail_writes = 1000;
    BOOST_TEST(world.bridge().command(SetStatus{"set", "inactive", {}, false}, world.now()).has_value());
    BOOST_TEST(world.bridge().command(ForgetDevice{"forgotten"}, world.now()).has_value());
    world.connect("new");
    turn(world);
    world.disconnect("new");
    turn(world);
    BOOST_TEST((seen(world) != before));
    BOOST_TEST(!world.retained.contains("ds/status/forgotten"));
    BOOST_TEST(world.bridge().unstored().devices == 3U);
    BOOST_TEST(world.bridge().unstored().rows == 3U);
    world.kill_bridge();
    world.store.fail_writes = 0;
    world.connect_link();
    world.settle();
    for (int turns = 0; turns < 10 && !world.bridge().is_stored(); ++turns) turn(world);

    // The broker remembers the new one.
    auto after = seen(world);
    BOOST_TEST(after.erase("ds/status/new") == 1U);
    BOOST_TEST((after == before));
    BOOST_TEST(world.went_back == 0);
    for (const auto& [name, device] : world.store.devices) {
      const auto status = Json::parse(world.retained.at("ds/status/" + name));
      BOOST_TEST(device.seq == status.at("seq").get<std::uint64_t>());
    }
    if (!is_beside_another) BOOST_TEST(world.bridge().is_all_acknowledged());
  }
}

BOOST_AUTO_TEST_CASE(a_bridge_that_ends_with_all_stored_says_so_and_its_successor_republishes_nothing) {
  World world(true);
  world.connect_link();
  world.connect("a");
  world.settle();
  world.break_link();
  world.bridge().end(world.now());
  world.pass(Millis{100});
  BOOST_TEST(world.bridge().is_stored());
  BOOST_TEST(world.store.is_complete);
  world.retained.erase("ds/status/a");  // whoever did that: nobody looks for it now
  world.kill_bridge();
  world.connect_link();
  world.settle();
  BOOST_TEST(!world.store.is_complete);
  BOOST_TEST(!world.retained.contains("ds/status/a"));
}

BOOST_AUTO_TEST_SUITE_END()
