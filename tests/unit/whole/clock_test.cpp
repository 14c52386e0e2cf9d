// SPDX-License-Identifier: Apache-2.0
// The bridge's wall clock is set while it runs, or is another one when it starts (lifecycle rule 11).
#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/whole/several.hpp"
#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

constexpr Millis kYear = 24h * 365;

Json status_of(const World& world, const std::string& id) {
  return Json::parse(world.retained.at("ds/status/" + id));
}

int lines_with(const std::vector<std::string>& lines, const std::string& words) {
  return static_cast<int>(std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.find(words) != std::string::npos;
  }));
}

/// One device stays, another has left; all is stored.
struct WithDevices : World {
  explicit WithDevices(bool tells_connects = true, Config config = {})
      : World(tells_connects, std::move(config)) {
    connect_link();
    connect("stays");
    connect("left");
    tick();
    disconnect("left");
    left_at = true_now();
    tick();
    deliver();
    for (int turn = 0; turn < 10; ++turn) next_turn(Millis{100});
  }
  void next_turn(Millis time) {
    pass(time);
    tick();
    deliver();
  }
  Time left_at;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(clock_steps)

BOOST_AUTO_TEST_CASE(a_step_while_the_bridge_runs_moves_what_is_published_and_stored) {
  for (const Millis step : {Millis{1h}, Millis{-1h}, kYear, -5 * kYear}) {
    WithDevices world;
    const auto before = world.store.devices.at("left");
    world.set_clock(step);
    world.next_turn(100ms);
    BOOST_TEST((world.store.devices.at("left").since == before.since + step));
    BOOST_TEST((world.store.devices.at("left").wait->due == before.wait->due + step));
    BOOST_TEST(status_of(world, "left").at("since") == format_rfc3339(before.since + step));
    BOOST_TEST(lines_with(world.log_lines, "the system clock was set") == 1);
    BOOST_TEST(world.went_back == 0);
    // It goes on asking and hearing as before, and what is due comes then.
    const int asked = world.requests_sent;
    while (world.true_now() < world.left_at + 1min - 1s) world.next_turn(1s);
    BOOST_TEST(world.requests_sent > asked + 10);
    BOOST_TEST(world.reconnects == 0);
    BOOST_TEST(status_of(world, "left").at("status") == "online");
    for (int turn = 0; turn < 4; ++turn) world.next_turn(1s);
    BOOST_TEST(status_of(world, "left").at("status") == "offline");
    BOOST_TEST(status_of(world, "stays").at("status") == "online");
  }
}

BOOST_AUTO_TEST_CASE(rows_of_the_timeline_move_along_and_none_is_too_old_by_a_wrong_clock) {
  WithDevices world;
  const auto right = world.store.rows;
  world.set_clock(kYear);
  world.next_turn(1s);
  world.connect("late");
  world.next_turn(1s);
  world.next_turn(1s);
  BOOST_TEST_REQUIRE(world.store.rows.size() == right.size() + 1);
  for (const auto& [seq, row] : right) BOOST_TEST((world.store.rows.at(seq).at == row.at + kYear));
  world.set_clock(-kYear);
  world.next_turn(1s);
  for (const auto& [seq, row] : right) BOOST_TEST((world.store.rows.at(seq).at == row.at));
  const auto& late = world.store.rows.rbegin()->second;
  BOOST_TEST((late.at <= world.true_now()));
  BOOST_TEST((late.at > world.true_now() - 5s));
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_while_the_bridge_was_away_is_found_by_the_plugins) {
  for (const bool is_beside_another : {false, true}) {
    for (const Millis step : {Millis{1h}, Millis{-1h}, kYear, -kYear, 5 * kYear}) {
      BOOST_TEST_CONTEXT(step.count() << (is_beside_another ? " of two" : "")) {
        WithDevices world(true, is_beside_another ? beside_one_that_is_away() : Config{});
        if (is_beside_another) world.settle();  // until it waits for the other one no longer
        const auto before = world.store.devices.at("left");
        world.kill_bridge(step);
        // Before it has met the broker it can't know what is due.
        BOOST_TEST(!world.bridge().engine().next_deadline().has_value());
        BOOST_TEST(!world.bridge().command(SetStatus{"left", "offline", {}, false}, world.now()).has_value());
        world.connect_link();
        world.settle();
        BOOST_TEST(status_of(world, "stays").at("status") == "online");
        BOOST_TEST(lines_with(world.log_lines, "while this bridge was away") == 1);
        const auto left = status_of(world, "left");
        const bool is_over = world.true_now() >= world.left_at + 1min;
        BOOST_TEST(left.at("status") == (is_over ? "offline" : "online"));
        BOOST_TEST(left.at("last_seen") == format_rfc3339(before.last_seen + step));
        BOOST_TEST(world.went_back == 0);
        BOOST_TEST(world.store.brokers.at("main").clock_offset.has_value());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_as_it_was_moves_nothing) {
  WithDevices world;
  const auto before = status_of(world, "left");
  world.kill_bridge();
  world.connect_link();
  world.next_turn(1s);
  auto after = status_of(world, "left");
  after["seq"] = before["seq"];
  BOOST_TEST(after == before);
  BOOST_TEST(lines_with(world.log_lines, "clock") == 0);
}

BOOST_AUTO_TEST_CASE(where_the_broker_is_new_too_what_lies_in_the_future_counts_as_now) {
  WithDevices world;
  world.set_clock(kYear);
  world.next_turn(1s);
  world.kill_broker(true);
  world.kill_bridge(-kYear);
  const auto met_at = world.true_now();
  world.connect_link();
  world.next_turn(0s);
  BOOST_TEST(lines_with(world.log_lines, "2 devices have times in the future") == 1);
  BOOST_TEST(status_of(world, "left").at("since") == format_rfc3339(met_at));
  while (world.true_now() < met_at + 1min + 3s) world.next_turn(1s);
  BOOST_TEST(status_of(world, "left").at("status") == "offline");
  // The other one wasn't back within the grace: it left when its broker was lost, as far as anybody knows.
  while (world.true_now() < met_at + 2min + 3s) world.next_turn(1s);
  BOOST_TEST(status_of(world, "stays").at("status") == "offline");
  BOOST_TEST(world.went_back == 0);
}

BOOST_AUTO_TEST_CASE(an_outage_that_lies_in_the_future_does_not_begin_after_it_is_over) {
  WithDevices world;
  world.set_clock(kYear);
  world.next_turn(1s);
  world.kill_broker(true);
  world.connect_link();
  world.next_turn(1s);
  world.kill_broker(true);
  world.kill_bridge(-kYear);
  world.connect_link();
  for (int turn = 0; turn < 130; ++turn) world.next_turn(1s);
  int told = 0;
  for (const auto& [topic, payload] : world.timeline) {
    if (topic != "ds/incident") continue;
    ++told;
    const Json incident = Json::parse(payload);
    BOOST_TEST(incident.at("began").get<std::string>() <= incident.at("ended").get<std::string>());
  }
  BOOST_TEST(told > 0);
  BOOST_TEST(lines_with(world.log_lines, "18,446,744") == 0);
}

BOOST_AUTO_TEST_CASE(one_broker_that_is_as_it_was_tells_for_another_that_is_new) {
  Several world(2);
  world.connect_link(0);
  world.connect_link(1);
  world.connect(0, "a");
  world.connect(1, "b");
  world.settle(3);
  const auto before = Json::parse(world.status(0, "b")).at("since").get<std::string>();
  const auto began = world.now();
  world.kill_broker(0);
  world.kill_bridge(-kYear);
  world.connect_link(0);
  world.deliver(0);
  world.turn(0);
  world.deliver(0);
  world.connect_link(1);
  world.settle(3);
  BOOST_TEST(lines_with(world.log_lines, "while this bridge was away") == 1);
  BOOST_TEST(lines_with(world.log_lines, "times in the future") == 0);
  BOOST_TEST(Json::parse(world.status(0, "b")).at("status") == "online");
  world.settle(125);
  BOOST_TEST(Json::parse(world.status(0, "a")).at("status") == "offline");
  BOOST_TEST_REQUIRE(world.incidents.size() == 1U);
  const auto lost_at = Json::parse(world.incidents.front()).at("began").get<std::string>();
  BOOST_TEST(lost_at <= format_rfc3339(began - kYear));
  BOOST_TEST(lost_at > format_rfc3339(began - kYear - 10s));
  BOOST_TEST(before > lost_at);
}

BOOST_AUTO_TEST_SUITE_END()
