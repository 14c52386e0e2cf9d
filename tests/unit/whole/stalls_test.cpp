// SPDX-License-Identifier: Apache-2.0
// A broker that stands still, or whose wall clock is stepped, from the plugin to the status (rule 14).
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Json = nlohmann::json;

namespace {

constexpr Millis kStall{12'000};
constexpr Millis kGrace{120'000};
constexpr int kKeepalive = 19;

struct Fixture {
  World world{true};

  Fixture() {
    world.connect_link();
    world.settle();
    world.connect("back");
    world.connect("gone");
    world.connect("left");
    go();
    world.pass(Millis{5000});
    go();
    world.disconnect("left");
    left_at = world.now();
    go();
    online_since = status("back").at("since");
  }
  Json status(const std::string& device) {
    const auto found = world.retained.find("ds/status/" + device);
    return found == world.retained.end() ? Json() : Json::parse(found->second);
  }
  void go() {
    world.tick();
    world.deliver();
  }
  void pass(Millis time) {
    for (; time > Millis{0}; time -= Millis{1000}) {
      world.pass(std::min(time, Millis{1000}));
      go();
    }
  }
  void stall() {
    world.tick();
    began = world.now();
    world.stand_still(kStall);
    ended = world.now();
    world.disconnect("back", kKeepalive);
    world.disconnect("gone", kKeepalive);
  }
  std::vector<Json> incidents() {
    std::vector<Json> found;
    for (const auto& [topic, payload] : world.timeline) {
      if (topic == "ds/incident") found.push_back(Json::parse(payload));
    }
    return found;
  }
  long rows_of(const std::string& device) {
    return std::count_if(world.timeline.begin(), world.timeline.end(),
                         [&](const auto& each) { return each.first == "ds/timeline/" + device; });
  }
  /// After the grace, whatever has been lost or killed before.
  void expect_what_is_right() {
    BOOST_TEST(status("back").at("connected") == true);
    BOOST_TEST(status("back").at("since") == online_since);
    BOOST_TEST(rows_of("back") == 1);
    BOOST_TEST(status("gone").at("status") == "offline");
    BOOST_TEST(status("gone").at("connected") == false);
    BOOST_TEST(status("gone").at("cause") == "broker_lost");
    BOOST_TEST(status("gone").at("since") == format_rfc3339(ended + kGrace));
    BOOST_TEST(status("left").at("since") == format_rfc3339(left_at + Millis{60'000} + kStall));
    BOOST_TEST_REQUIRE(incidents().size() == 1U);
    BOOST_TEST(incidents()[0].at("devices") == 2);
    BOOST_TEST(incidents()[0].at("back") == 1);
    BOOST_TEST(incidents()[0].at("began") == format_rfc3339(began));
    BOOST_TEST(incidents()[0].at("ended") == format_rfc3339(ended));
  }

  Time left_at{}, began{}, ended{};
  std::string online_since;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stalls, Fixture)

BOOST_AUTO_TEST_CASE(as_it_is_watched) {
  stall();
  go();
  BOOST_TEST(status("gone").at("connected") == true);
  BOOST_TEST(status("gone").at("status") == "online");
  pass(Millis{1000});
  world.connect("back");
  go();
  pass(kGrace);
  expect_what_is_right();
}

BOOST_AUTO_TEST_CASE(the_link_was_down_meanwhile) {
  world.break_link();
  stall();
  world.pass(Millis{1000});
  world.connect("back");
  world.pass(Millis{1000});
  world.connect_link();
  go();
  pass(kGrace);
  expect_what_is_right();
}

BOOST_AUTO_TEST_CASE(the_record_is_lost) {
  stall();
  world.tick();
  world.drop_stream();
  pass(Millis{1000});
  world.connect("back");
  go();
  pass(kGrace);
  expect_what_is_right();
}

BOOST_AUTO_TEST_CASE(the_bridge_comes_after_the_grace) {
  world.kill_bridge();
  stall();
  world.pass(Millis{1000});
  world.connect("back");
  world.pass(kGrace + Millis{5000});
  world.connect_link();
  go();
  expect_what_is_right();
}

BOOST_AUTO_TEST_CASE(the_bridge_is_killed_within_the_grace) {
  stall();
  go();
  pass(Millis{500});
  world.kill_bridge();
  world.connect_link();
  go();
  world.connect("back");
  go();
  pass(Millis{50'000});
  world.kill_bridge();
  world.connect_link();
  go();
  pass(kGrace - Millis{50'000});
  expect_what_is_right();
}

BOOST_AUTO_TEST_CASE(the_bridge_is_killed_between_the_stall_and_the_losses) {
  began = world.now();
  world.stand_still(kStall);
  ended = world.now();
  go();
  world.kill_bridge();
  world.disconnect("back", kKeepalive);
  world.disconnect("gone", kKeepalive);
  world.connect_link();
  go();
  world.connect("back");
  go();
  pass(kGrace);
  expect_what_is_right();
}

BOOST_AUTO_TEST_CASE(the_configuration_is_read_again_within_the_grace) {
  stall();
  go();
  world.connect("back");
  go();
  BOOST_TEST(world.bridge().reload(world.config(), world.now()).has_value());
  go();
  pass(kGrace);
  expect_what_is_right();
}

BOOST_AUTO_TEST_CASE(one_that_was_told_is_never_told_again) {
  stall();
  go();
  world.connect("back");
  go();
  pass(kGrace + Millis{5000});
  expect_what_is_right();
  for (int again = 0; again < 2; ++again) {
    world.break_link();
    world.connect_link();
    go();
    world.kill_bridge();
    world.connect_link();
    go();
    pass(kGrace);
  }
  expect_what_is_right();
}

BOOST_AUTO_TEST_CASE(a_step_of_the_wall_clock_throws_nobody_out) {
  world.step_wall_clock(Millis{3'600'000});
  world.disconnect("back", kKeepalive);
  go();
  BOOST_TEST(status("back").at("connected") == true);
  pass(Millis{1000});
  world.connect("back");
  go();
  pass(Millis{60'000});
  BOOST_TEST(status("back").at("since") == online_since);
  BOOST_TEST(rows_of("back") == 1);
  BOOST_TEST(status("left").at("since") == format_rfc3339(left_at + Millis{60'000}));
}

BOOST_AUTO_TEST_SUITE_END()
