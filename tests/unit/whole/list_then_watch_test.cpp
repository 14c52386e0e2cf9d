// SPDX-License-Identifier: Apache-2.0
// What is lost, cut or killed between plugin and bridge, one thing after the other.
#include <algorithm>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Json = nlohmann::json;

namespace {

struct Fixture {
  World world{true};

  Fixture() {
    world.connect_link();
    world.settle();
  }
  Json status(const std::string& device) {
    const auto found = world.retained.find("ds/status/" + device);
    return found == world.retained.end() ? Json() : Json::parse(found->second);
  }
  void go() {
    world.tick();
    world.deliver();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(list_then_watch, Fixture)

BOOST_AUTO_TEST_CASE(a_connect_and_a_disconnect_become_statuses) {
  world.connect("a");
  go();
  const auto connected_at = format_rfc3339(world.now());
  BOOST_TEST(status("a").at("connected") == true);
  BOOST_TEST(status("a").at("since") == connected_at);
  world.pass(Millis{5000});
  world.disconnect("a");
  go();
  BOOST_TEST(status("a").at("connected") == false);
  BOOST_TEST(status("a").at("status") == "online");
  BOOST_TEST(status("a").at("next").at("at") == format_rfc3339(world.now() + std::chrono::minutes{1}));
  world.pass(Millis{60'000});
  world.deliver();
  go();
  BOOST_TEST(status("a").at("status") == "offline");
}

BOOST_AUTO_TEST_CASE(silence_beyond_the_wait_is_offline_at_once_with_no_status_between) {
  world.connect("a");
  go();
  world.pass(Millis{90'000});
  const auto before = status("a").at("seq").get<std::uint64_t>();
  world.disconnect("a", 19);
  go();
  BOOST_TEST(status("a").at("status") == "offline");
  BOOST_TEST(status("a").at("seq").get<std::uint64_t>() == before + 2);  // the row and the status
}

BOOST_AUTO_TEST_CASE(what_happened_while_the_link_was_down_has_its_own_times) {
  world.connect("stays");
  world.connect("leaves");
  world.connect("blinks");
  go();
  const auto connected_at = format_rfc3339(world.now());
  world.break_link();
  world.pass(Millis{90'000});
  world.disconnect("leaves", 19);
  const auto left_at = world.now();
  world.connect("comes");
  const auto came_at = format_rfc3339(world.now());
  world.disconnect("blinks");
  world.pass(Millis{1000});
  world.connect("blinks");
  world.tick();
  world.pass(Millis{10'000});
  world.connect_link();
  go();
  go();
  BOOST_TEST(status("stays").at("since") == connected_at);
  BOOST_TEST(status("comes").at("since") == came_at);
  BOOST_TEST(status("blinks").at("connected") == true);
  BOOST_TEST(status("blinks").at("since") == connected_at);
  BOOST_TEST(status("leaves").at("connected") == false);
  BOOST_TEST(status("leaves").at("cause") == "keepalive_timeout");
  // keepalive 60: 90 s of silence were longer than the wait, so it was due when it was noticed
  BOOST_TEST(status("leaves").at("since") == format_rfc3339(left_at));
}

BOOST_AUTO_TEST_CASE(a_new_bridge_learns_from_the_plugin_what_the_old_one_knew) {
  world.connect("stays");
  const auto connected_at = format_rfc3339(world.now());
  world.connect("left");
  go();
  world.pass(Millis{7000});
  world.disconnect("left");
  const auto left_at = world.now();
  go();
  const auto old_seq = status("stays").at("seq").get<std::uint64_t>();
  world.pass(Millis{20'000});
  world.kill_bridge();
  world.connect_link();
  go();
  go();
  BOOST_TEST(status("stays").at("since") == connected_at);
  BOOST_TEST(status("stays").at("seq").get<std::uint64_t>() == old_seq);  // nothing to be said anew
  BOOST_TEST(status("left").at("next").at("at") == format_rfc3339(left_at + std::chrono::minutes{1}));
}

BOOST_AUTO_TEST_CASE(after_a_new_boot_everything_is_published_again_and_who_does_not_come_back_is_gone) {
  world.connect("a");
  go();
  world.pass(Millis{5000});
  world.disconnect("a");
  go();
  world.connect("b");
  go();
  world.pass(Millis{100'000});
  go();
  BOOST_TEST(status("a").at("status") == "offline");
  world.kill_broker(false);
  world.pass(Millis{1000});
  world.connect_link();
  world.settle();
  BOOST_TEST(status("a").at("status") == "offline");
  BOOST_TEST(status("b").at("connected") == true);  // it has 2 min to come back
  world.pass(std::chrono::minutes{2});
  world.settle();
  BOOST_TEST(status("b").at("connected") == false);
  BOOST_TEST(status("b").at("cause") == "broker_lost");
  BOOST_TEST(Json::parse(world.retained.at("ds/bridge")).at("online") == true);
  BOOST_TEST(Json::parse(world.retained.at("ds/fleet")).at("devices") == 2);
}

BOOST_AUTO_TEST_CASE(no_number_goes_back_where_several_brokers_are_listed_after_a_kill) {
  for (const bool is_new_boot : {true, false}) {
    BOOST_TEST_CONTEXT("new boot: " << is_new_boot) {
      World several{true, beside_one_that_is_away()};
      several.connect_link();
      several.settle();
      several.connect("a");
      several.settle();
      several.store.fail_writes = 1000;  // what is said now isn't stored
      several.disconnect("a");
      several.tick();
      several.deliver();
      several.connect("a");
      several.tick();
      several.deliver();
      several.store.fail_writes = 0;
      if (is_new_boot) several.kill_broker(true);
      several.kill_bridge();
      several.connect_link();
      several.settle();
      BOOST_TEST(several.went_back == 0);
      BOOST_TEST(Json::parse(several.retained.at("ds/status/a")).at("connected") == true);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_waits_for_the_list_of_another_broker_does_not_count_as_arrived) {
  World several{true, beside_one_that_is_away()};
  several.connect_link();
  several.settle();
  several.connect("a");
  several.settle();
  // As stored by a bridge that died before this broker had the latest status of a device at the other one.
  auto record = several.store.devices.at("a");
  record.device = "b";
  record.seq += 5;
  record.connections.at(0).broker = "away";
  record.connections.at(0).client_id = "b";
  several.store.devices["b"] = record;
  several.store.order.emplace_back("b");
  several.store.brokers.at("main").acked_seq = record.seq - 1;
  several.kill_bridge();
  several.connect_link();
  several.settle();
  several.connect("c");
  several.settle();
  BOOST_TEST(!several.retained.contains("ds/status/b"));
  BOOST_TEST(several.store.brokers.at("main").acked_seq < record.seq);
}

BOOST_AUTO_TEST_CASE(a_lost_message_is_noticed_by_the_next_one_or_by_the_heartbeat) {
  world.connect("a");
  world.tick();
  world.drop_stream();
  world.pass(Millis{1001});
  BOOST_TEST(status("a").is_null());
  go();  // the heartbeat
  go();
  BOOST_TEST(status("a").at("connected") == true);
}

BOOST_AUTO_TEST_CASE(requests_that_get_lost_are_sent_again_and_rows_come_once) {
  world.connect("a");
  world.tick();
  world.deliver();
  world.disconnect("a");
  world.tick();
  world.pass(Millis{60'000});  // the bridge asks to publish the offline status…
  world.drop_requests();       // …and it never arrives
  world.settle();
  BOOST_TEST(status("a").at("status") == "offline");
  BOOST_TEST(world.timeline.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_has_arrived_is_stored_soon_and_not_told_again_after_a_kill) {
  world.pass(Millis{100});  // so that the store is free, and takes it before it has arrived
  world.connect("a");
  go();
  for (int ms = 0; ms < 70; ++ms) {
    world.pass(Millis{1});
    world.tick();
    world.deliver();
  }
  world.kill_bridge();
  world.connect_link();
  world.settle();
  BOOST_TEST(world.timeline.size() == 1U);
  const auto writes = world.store.writes;
  for (int ms = 0; ms < 900; ++ms) world.pass(Millis{1});
  BOOST_TEST(world.store.writes - writes <= 2);  // and then it is silent
}

BOOST_AUTO_TEST_CASE(a_broker_that_was_suspended_is_believed_again_with_its_first_answer) {
  world.connect("a");
  go();
  world.disconnect("a");
  go();
  world.suspend_broker(Millis{30'000});
  world.settle();
  BOOST_TEST(status("a").at("status") == "offline");
  world.connect("b");
  go();
  BOOST_TEST(status("b").at("since") == format_rfc3339(world.now()));
  // While a wait is held back the bridge asks now and then, not at full speed.
  world.disconnect("b");
  go();
  world.pass(Millis{60'000});
  world.drop_requests();
  const auto before = world.requests_sent;
  for (int ms = 0; ms < 1000; ++ms) world.pass(Millis{1});
  BOOST_TEST(world.requests_sent - before <= 101);
}

BOOST_AUTO_TEST_CASE(the_first_bridge_of_all_learns_in_the_right_order_what_was_before_it) {
  World alone{true};
  for (int times = 0; times < 2; ++times) {
    alone.connect("a");
    alone.pass(Millis{10'000});
    alone.disconnect("a");
    alone.tick();
  }
  const auto left = alone.now();
  alone.pass(std::chrono::minutes{5});
  alone.lose_store();
  alone.kill_bridge();
  alone.connect_link();
  alone.settle();
  const auto status = Json::parse(alone.retained.at("ds/status/a"));
  BOOST_TEST(status.at("since") == format_rfc3339(left + std::chrono::minutes{1}));
}

BOOST_AUTO_TEST_CASE(numbers_are_reserved_in_the_store_before_any_is_given_out) {
  for (const auto& config : {Config{}, beside_one_that_is_away()}) {
    World alone{true, config};
    for (int life = 0; life < 3; ++life) {
      alone.kill_bridge();
      BOOST_TEST(!alone.bridge().is_ready());
      const auto reserved_before = alone.store.ceiling;
      alone.advance();
      BOOST_TEST(alone.bridge().is_ready());
      BOOST_TEST(alone.store.ceiling > reserved_before);
    }
  }
}

BOOST_AUTO_TEST_CASE(events_that_get_lost_again_and_again_are_told_once_with_what_to_set) {
  const auto told = [&] {
    return std::count_if(world.log_lines.begin(), world.log_lines.end(), [](const std::string& line) {
      return line.find("max_queued_messages") != std::string::npos;
    });
  };
  for (int loss = 0; loss < 6; ++loss) {
    BOOST_TEST(told() == (loss < 3 ? 0 : 1));
    world.connect("a");
    world.tick();
    world.drop_stream();
    world.connect("b");
    for (int second = 0; second < 3; ++second) {
      go();
      world.pass(Millis{1000});
    }
    world.disconnect("a");
    world.disconnect("b");
    go();
  }
}

BOOST_AUTO_TEST_CASE(a_backlog_is_told_while_it_lasts) {
  const auto told = [&] { return Json::parse(world.bridge().bridge_payload(true)); };
  BOOST_TEST(!told().contains("backlog"));
  for (int number = 0; number < 1500; ++number) world.connect("d" + std::to_string(number));
  world.tick();
  world.deliver_stream();
  BOOST_TEST(!told().contains("backlog"));  // that much is normal for a moment
  world.pass(Millis{500});
  BOOST_TEST_REQUIRE(told().contains("backlog"));
  BOOST_TEST(told().at("backlog").at("publications") >= 1500);
  world.settle();
  BOOST_TEST(!told().contains("backlog"));
  BOOST_TEST(!Json::parse(world.retained.at("ds/bridge")).contains("backlog"));
}

BOOST_AUTO_TEST_CASE(what_is_retained_is_read_once_what_has_happened_is_published) {
  world.connect("a");
  world.settle();
  const int before = world.readings;
  world.kill_bridge();
  world.disconnect("a");
  world.retained["ds/status/left-over"] = "{}";
  world.connect_link();
  for (int turn = 0; turn < 5; ++turn) {
    world.tick();
    world.deliver();
  }
  BOOST_TEST(Json::parse(world.retained.at("ds/status/a")).at("connected") == false);
  BOOST_TEST(world.readings == before + 1);
  BOOST_TEST(world.readings_too_early == 0);
  world.settle();
  BOOST_TEST(!world.retained.contains("ds/status/left-over"));
}

BOOST_AUTO_TEST_CASE(a_link_on_which_nobody_answers_is_made_anew) {
  for (int second = 0; second < 60; ++second) {
    world.drop_requests();
    world.pass(Millis{1000});
  }
  BOOST_TEST(world.reconnects > 0);
}

BOOST_AUTO_TEST_CASE(a_plugin_that_does_not_answer_is_told_once) {
  world.kill_bridge();
  world.connect_link();
  for (int second = 0; second < 60; ++second) {
    world.drop_requests();
    world.pass(Millis{1000});
  }
  const auto silent =
      std::count_if(world.log_lines.begin(), world.log_lines.end(),
                    [](const std::string& line) { return line.find("no answer") != std::string::npos; });
  BOOST_TEST(silent == 1);
  world.settle();
  BOOST_TEST(world.log_lines.back().find("its plugin answers") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(log_of_2_0)

BOOST_AUTO_TEST_CASE(a_log_that_does_not_reach_the_plugin_is_a_warning_until_it_does) {
  World world{false};
  const auto warnings = [&] {
    const auto bridge = Json::parse(world.retained.at("ds/bridge"));
    return bridge.value("warnings", Json::array());
  };
  const auto lines = [&] {
    return std::count_if(world.log_lines.begin(), world.log_lines.end(), [](const std::string& line) {
      return line.find("log_dest topic") != std::string::npos;
    });
  };
  world.log_comes = false;
  world.connect_link();
  world.settle();
  BOOST_TEST_REQUIRE(warnings().size() == 1U);
  BOOST_TEST(warnings()[0].at("message") == std::string(remedy_for(CauseLog::none)));
  BOOST_TEST(lines() == 1);
  // It is no news with a new link, and a bridge that starts hears of it.
  world.break_link();
  world.connect_link();
  world.settle();
  BOOST_TEST(lines() == 1);
  world.kill_bridge();
  world.connect_link();
  world.settle();
  BOOST_TEST(lines() == 2);
  BOOST_TEST(warnings().size() == 1U);
  // What tells that it is over gets lost: the list that makes up for it has it too.
  world.log_comes = true;
  world.reload_broker();
  world.tick();
  world.drop_stream();
  world.settle();
  BOOST_TEST(warnings().empty());
}

BOOST_AUTO_TEST_SUITE_END()
