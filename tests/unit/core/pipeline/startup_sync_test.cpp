// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/startup_sync.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace rollcall;

namespace {

Time at(int second) { return Time{Millis{1000 * second}}; }

struct Fixture {
  StartupSync sync{2, at(100)};
  std::vector<std::string> applied;

  session_event::Opened opened(std::uint32_t broker, int second, std::string_view client_id = "pump") {
    return {{broker, 1, 7}, at(second), {client_id, "user", "10.0.0.1"}};
  }
  bool defer(std::uint32_t broker, const SessionEvent& event, int now = 90) {
    return sync.defer(broker, event, at(now));
  }
  std::vector<std::string> end(int now = 95) {
    sync.end();
    sync.hand_out(SIZE_MAX, at(now), [&](std::uint32_t broker, const SessionEvent& event) {
      const auto what = std::to_string(broker) + ":";
      const auto second = [](Time time) { return std::to_string(time.time_since_epoch() / Millis{1000}); };
      if (const auto* opened = std::get_if<session_event::Opened>(&event)) {
        applied.push_back(what + "opened " + std::string(opened->facts.client_id) + " " +
                          std::string(opened->facts.address) + " at " + second(opened->at));
      } else if (const auto* watermark = std::get_if<session_event::Watermark>(&event)) {
        applied.push_back(what + "watermark " + second(watermark->until));
      } else if (const auto* returned = std::get_if<session_event::BrokerReturned>(&event)) {
        applied.push_back(what + "returned, lost at " + second(returned->lost_at));
      } else if (std::holds_alternative<BrokerAway>(event)) {
        applied.push_back(what + "away");
      } else if (std::holds_alternative<session_event::Synced>(event)) {
        applied.push_back(what + "synced");
      }
    });
    return std::exchange(applied, {});
  }
};

using Lines = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(startup_sync, Fixture)

BOOST_AUTO_TEST_CASE(one_broker_needs_no_order) {
  StartupSync alone{1, at(100)};
  BOOST_TEST(!alone.is_active());
  BOOST_TEST(!alone.defer(0, opened(0, 1), at(90)));
}

BOOST_AUTO_TEST_CASE(what_all_brokers_tell_is_applied_in_the_order_of_time) {
  BOOST_TEST(sync.is_active());
  BOOST_TEST(defer(1, opened(1, 30, "late")));
  BOOST_TEST(defer(1, session_event::Synced{}, 40));
  BOOST_TEST(defer(0, opened(0, 20, "early")));
  BOOST_TEST(end() == (Lines{"0:opened early 10.0.0.1 at 20", "1:opened late 10.0.0.1 at 30", "1:synced"}));
  BOOST_TEST(!sync.is_active());
  BOOST_TEST(!defer(0, opened(0, 50)));
}

BOOST_AUTO_TEST_CASE(what_came_at_one_moment_stays_in_the_order_in_which_it_was_told) {
  defer(1, opened(1, 30, "first"));
  defer(0, opened(0, 30, "second"));
  BOOST_TEST(end() == (Lines{"1:opened first 10.0.0.1 at 30", "0:opened second 10.0.0.1 at 30"}));
}

BOOST_AUTO_TEST_CASE(kept_texts_outlive_the_bytes_that_they_came_in) {
  std::string bytes = "a-client-id-that-is-longer-than-any-small-string";
  defer(0, opened(0, 30, bytes));
  bytes.assign(bytes.size(), '#');
  BOOST_TEST(end() == (Lines{"0:opened a-client-id-that-is-longer-than-any-small-string 10.0.0.1 at 30"}));
}

BOOST_AUTO_TEST_CASE(an_event_finds_each_broker_known_as_far_as_it_was_by_then) {
  defer(0, session_event::Watermark{at(20)});
  defer(0, session_event::Watermark{at(10)});  // never goes back
  defer(1, session_event::Watermark{at(99)});
  defer(0, opened(0, 30));
  BOOST_TEST(end(95) == (Lines{"0:watermark 20", "1:watermark 30", "0:opened pump 10.0.0.1 at 30",
                               "0:watermark 20", "1:watermark 95"}));
}

BOOST_AUTO_TEST_CASE(what_is_not_about_devices_is_applied_at_once) {
  BOOST_TEST(!defer(0, BrokerFound{0}));
  BOOST_TEST(!defer(0, session_event::SendRequest{"bytes"}));
  BOOST_TEST(!defer(0, session_event::PluginStateChanged{PluginState::answers, "1"}));
  BOOST_TEST(end().empty());
}

BOOST_AUTO_TEST_CASE(a_link_that_came_back_was_never_away) {
  defer(0, BrokerAway{0}, 10);
  defer(1, BrokerAway{1}, 12);
  defer(1, BrokerAway{1}, 14);  // since the first
  defer(0, BrokerFound{0}, 20);
  defer(0, opened(0, 13));
  BOOST_TEST(end() == (Lines{"1:away", "0:opened pump 10.0.0.1 at 13"}));
}

BOOST_AUTO_TEST_CASE(stored_times_move_with_the_clock_and_change_the_order) {
  defer(0, session_event::BrokerReturned{2, at(10), at(50), true, false});
  defer(1, session_event::BrokerReturned{3, at(15), at(50), false, false});
  sync.correct_stored_times(Millis{20'000});
  sync.correct_stored_times(Millis{20'000});  // once is enough
  BOOST_TEST(end() == (Lines{"1:returned, lost at 15", "0:returned, lost at 30"}));
}

BOOST_AUTO_TEST_SUITE_END()
