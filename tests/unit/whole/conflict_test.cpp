// SPDX-License-Identifier: Apache-2.0
// Clients that fight over an id, from the broker's callbacks to the status and the log.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

struct Fixture {
  World world;

  explicit Fixture(bool tells_connects = true) : world(tells_connects) {
    world.connect_link();
    world.settle();
  }
  void fight(const std::string& client_id, int takeovers, Millis apart = Millis{100}) {
    for (int i = 0; i <= takeovers; ++i) {
      world.connect(client_id);
      world.tick();
      world.deliver();
      world.pass(apart);
    }
  }
  bool is_marked(const std::string& device) {
    return nlohmann::json::parse(world.retained.at("ds/status/" + device)).at("conflict").get<bool>();
  }
  std::vector<std::string> warnings() const {
    std::vector<std::string> found;
    for (const auto& line : world.log_lines) {
      if (line.find("throw each other out") != std::string::npos) found.push_back(line);
    }
    return found;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(conflicts, Fixture)

BOOST_AUTO_TEST_CASE(a_fight_is_marked_while_it_lasts_on_either_kind_of_broker) {
  for (const bool tells_connects : {false, true}) {
    Fixture each(tells_connects);
    each.fight("pump", 1);
    BOOST_TEST(!each.is_marked("pump"));
    each.fight("pump", 1);
    BOOST_TEST(each.is_marked("pump"));
    each.world.pass(Millis{70'000});
    each.world.settle();
    BOOST_TEST(!each.is_marked("pump"));
  }
}

BOOST_AUTO_TEST_CASE(all_fights_together_are_one_warning_a_minute) {
  const auto start = world.now();
  fight("pump", 20);
  BOOST_TEST_REQUIRE(warnings().size() == 1U);
  BOOST_TEST(
      warnings()[0] ==
      "broker \"main\": clients with the client id \"pump\" throw each other out, 2 times in 1 s, from "
      "127.0.0.1 (device \"pump\"). Give each client an id of its own");
  for (int i = 0; i < 3; ++i) fight("lamp" + std::to_string(i), 5);
  BOOST_TEST(warnings().size() == 1U);
  while (world.now() < start + Millis{61'000}) {
    world.pass(Millis{1000});
    world.settle();
  }
  BOOST_TEST_REQUIRE(warnings().size() == 2U);
  BOOST_TEST(warnings()[1].find("client id \"lamp2\"") != std::string::npos, warnings()[1]);
  BOOST_TEST(warnings()[1].ends_with(
      "; 3 other client ids are fought over as well, in all payloads with \"conflict\":true"));
  // They have stopped: there is no more to say.
  for (int i = 0; i < 5; ++i) {
    world.pass(Millis{60'000});
    world.settle();
  }
  BOOST_TEST(warnings().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_mark_survives_the_bridge_and_goes_in_time_without_it) {
  fight("pump", 5);
  world.kill_bridge();
  world.connect_link();
  world.settle();
  BOOST_TEST(is_marked("pump"));
  fight("pump", 5);
  world.kill_bridge();
  world.pass(Millis{70'000});
  world.connect_link();
  world.tick();
  world.deliver();
  BOOST_TEST(!is_marked("pump"));
}

BOOST_AUTO_TEST_CASE(what_was_published_and_never_stored_is_put_right_after_a_start) {
  fight("pump", 5);
  BOOST_TEST(is_marked("pump"));
  world.lose_store();
  world.kill_bridge();
  world.connect_link();
  world.settle();
  world.pass(Millis{70'000});
  world.settle();
  BOOST_TEST(!is_marked("pump"));
}

BOOST_AUTO_TEST_CASE(a_fight_goes_on_over_a_reload) {
  fight("pump", 5);
  BOOST_TEST(world.bridge().reload(world.config(), world.now()).has_value());
  world.settle();
  BOOST_TEST(is_marked("pump"));
  world.pass(Millis{70'000});
  world.settle();
  BOOST_TEST(!is_marked("pump"));
}

BOOST_AUTO_TEST_CASE(a_fight_while_the_link_is_down_is_known_from_the_list) {
  world.connect("pump");
  world.settle();
  world.break_link();
  for (int i = 0; i < 5; ++i) {
    world.connect("pump");
    world.tick();
    world.pass(Millis{100});
  }
  world.connect_link();
  world.tick();
  world.deliver();
  BOOST_TEST(is_marked("pump"));
}

BOOST_AUTO_TEST_SUITE_END()
