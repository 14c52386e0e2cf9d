// SPDX-License-Identifier: Apache-2.0
// A snapshot that tells of much is worked off a few events at a time: whatever happens in the midst of it,
// the end is the same.
#include <set>
#include <string>

#include <boost/test/unit_test.hpp>

#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

/// A bridge that finds, one event a call, what 20 devices did while its link was down.
struct Fixture {
  World world{true, {}, 1};

  Fixture() { begin(world); }

  static void happen(World& world) {
    world.connect_link();
    for (int each = 0; each < 10; ++each) world.connect(device(each));
    world.settle();
    world.break_link();
    for (int each = 0; each < 20; ++each) {
      world.pass(Millis{700});
      if (each < 5) world.disconnect(device(each));
      world.connect(device(each + 5));
      if (each % 3 == 0) world.disconnect(device(each + 5));
    }
    world.pass(Millis{700});
    world.connect_link();
  }
  static void begin(World& world) {
    happen(world);
    while (!world.bridge().is_behind()) {
      world.tick();
      world.deliver(1);
    }
  }
  static std::string device(int number) { return "d" + std::to_string(number); }
};

/// What the store has of the timeline, but for its numbers and its order.
std::multiset<std::string> rows_of(World& world) {
  std::multiset<std::string> rows;
  for (const auto& [seq, row] : world.store.rows) {
    rows.insert(row.device + " " + row.kind + " " + row.from + " " + row.to + " " + format_rfc3339(row.at));
  }
  return rows;
}

/// The same with all that happened told at once.
std::multiset<std::string> rows_of_a_large_call() {
  World world{true};
  Fixture::happen(world);
  world.settle();
  world.pass(std::chrono::minutes{3});
  world.settle();
  return rows_of(world);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(little_by_little, Fixture)

BOOST_AUTO_TEST_CASE(more_is_due_at_once_as_long_as_something_waits) {
  int calls = 0;
  for (; world.bridge().is_behind(); ++calls) {
    BOOST_TEST((world.bridge().next_deadline() <= world.now()));
    BOOST_TEST(!world.bridge().is_stored());
    world.advance();
  }
  BOOST_TEST(calls > 20);
  BOOST_TEST((world.bridge().next_deadline() > world.now()));
}

BOOST_AUTO_TEST_CASE(what_comes_meanwhile_is_told_behind_it) {
  world.disconnect(device(24));
  world.connect("late");
  world.tick();
  world.deliver_stream();
  BOOST_TEST(world.bridge().is_behind());
  BOOST_TEST(!world.bridge().engine().knows("late"));
  world.catch_up();
  BOOST_TEST(world.bridge().engine().knows("late"));
  BOOST_TEST(world.bridge().engine().status_of(device(24))->connected == false);
}

BOOST_AUTO_TEST_CASE(a_link_that_breaks_in_the_midst_of_it_breaks_behind_it) {
  world.break_link();
  BOOST_TEST(world.bridge().is_behind());
  world.catch_up();
  BOOST_TEST(world.bridge().engine().status_of(device(24))->connected == true);
  // Its own broker is gone too: what had been heard of it isn't lost.
  world.kill_broker(true);
  world.connect_link();
  world.settle();
  world.pass(std::chrono::minutes{3});
  world.settle();
  BOOST_TEST(world.retained.at("ds/status/" + device(0)).find(R"("cause":"client_disconnect")") !=
             std::string::npos);
  BOOST_TEST(world.retained.at("ds/status/" + device(24)).find(R"("cause":"broker_lost")") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_wall_clock_may_be_set_in_the_midst_of_it) {
  for (int calls = 0; calls < 7; ++calls) world.advance();
  BOOST_TEST_REQUIRE(world.bridge().is_behind());
  const auto before = world.bridge().engine().status_of(device(24));
  BOOST_TEST_REQUIRE(!before.has_value());
  const auto should_be_since = world.now() - Millis{700};
  world.set_clock(std::chrono::hours{5});
  world.catch_up();
  BOOST_TEST(
      (world.bridge().engine().status_of(device(24))->since == should_be_since + std::chrono::hours{5}));
}

BOOST_AUTO_TEST_CASE(a_reload_in_the_midst_of_it_takes_all_of_it_along) {
  auto config = world.config();
  BOOST_TEST(world.bridge().reload(config, world.now()).has_value());
  BOOST_TEST(!world.bridge().is_behind());
  world.settle();
  world.pass(std::chrono::minutes{3});
  world.settle();
  BOOST_TEST(rows_of(world) == rows_of_a_large_call(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_clean_end_in_the_midst_of_it_stores_all_of_it) {
  world.bridge().end(world.now());
  BOOST_TEST(!world.bridge().is_stored());
  world.catch_up();
  world.pass(Millis{1000});
  BOOST_TEST(world.bridge().is_stored());
  const auto known = world.store.devices.find(device(24));
  BOOST_TEST((known != world.store.devices.end()));
}

BOOST_AUTO_TEST_CASE(
    a_bridge_that_is_killed_in_the_midst_of_it_leaves_the_next_one_to_tell_the_rest_and_nothing_twice) {
  const auto all = rows_of_a_large_call();
  for (int calls = 0;; ++calls) {
    BOOST_TEST_CONTEXT("killed after " << calls << " calls") {
      World killed{true, {}, 1};
      begin(killed);
      for (int call = 0; call < calls; ++call) killed.advance();
      const bool is_over = !killed.bridge().is_behind();
      killed.kill_bridge();
      killed.connect_link();
      killed.settle();
      killed.pass(std::chrono::minutes{3});
      killed.settle();
      BOOST_TEST(rows_of(killed) == all, boost::test_tools::per_element());
      if (is_over) return;
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
