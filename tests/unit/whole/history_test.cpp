// SPDX-License-Identifier: Apache-2.0
// What the whole bridge stores of the past: facts of devices, and the counts of the fleet.
#include <string>

#include <boost/test/unit_test.hpp>

#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  World world{true};

  Fixture() {
    world.connect_link();
    world.settle();
  }
  std::uint64_t disconnects(const std::string& device) const {
    std::uint64_t all = 0;
    for (const auto& [day, count] : world.store.facts.at(device).disconnects) all += count;
    return all;
  }
  void run_for(Millis time) {
    for (; time > 0ms; time -= 10s) {
      world.pass(10s);
      world.tick();
      world.deliver();
    }
    world.settle();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(history, Fixture)

BOOST_AUTO_TEST_CASE(the_facts_of_a_device_are_stored_and_counted_once_whatever_the_store_does) {
  world.connect("a");
  world.settle();
  const auto first = world.store.facts.at("a");
  BOOST_TEST(first.first_contact.has_value());
  BOOST_TEST((first.last_connect == first.first_contact));
  world.store.fail_writes = 3;
  world.disconnect("a");
  run_for(2min);
  BOOST_TEST(disconnects("a") == 1U);
  const auto left = world.store.facts.at("a");
  BOOST_TEST((left.last_disconnect > first.last_connect));
  world.kill_bridge();
  world.connect_link();
  world.connect("a");
  world.settle();
  world.disconnect("a");
  world.settle();
  world.kill_bridge();  // in the middle of its wait
  world.connect_link();
  run_for(2min);
  BOOST_TEST(disconnects("a") == 2U);
  BOOST_TEST((world.store.facts.at("a").first_contact == first.first_contact));
  BOOST_TEST((world.store.facts.at("a").last_connect > left.last_disconnect));
}

BOOST_AUTO_TEST_CASE(a_forgotten_device_has_no_facts_and_another_of_its_name_has_its_own) {
  world.connect("a");
  world.settle();
  const auto before = world.store.facts.at("a").first_contact;
  world.disconnect("a");
  run_for(2min);
  BOOST_TEST(world.bridge().command(ForgetDevice{"a"}, world.now()).has_value());
  world.settle();
  BOOST_TEST(!world.store.facts.contains("a"));
  world.connect("a");
  world.settle();
  BOOST_TEST((world.store.facts.at("a").first_contact > before));
}

BOOST_AUTO_TEST_CASE(the_fleet_is_sampled_every_five_minutes_while_the_bridge_runs) {
  world.connect("a");
  world.settle();
  world.store.fleet.clear();
  run_for(11min);
  BOOST_TEST_REQUIRE(world.store.fleet.size() >= 2U);
  for (const auto& sample : world.store.fleet) {
    BOOST_TEST(sample.at.time_since_epoch() % 5min == 0ms);
    BOOST_TEST(sample.templates.at("default").at("online") == 1U);
  }
  BOOST_TEST((world.store.fleet[1].at - world.store.fleet[0].at == Millis{5min}));
}

BOOST_AUTO_TEST_SUITE_END()
