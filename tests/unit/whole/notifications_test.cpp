// SPDX-License-Identifier: Apache-2.0
// Who is told of what, with everything in between: from clients at the broker to ds/notify there.
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "bridge/core/notify/notification_topics.hpp"
#include "bridge/core/notify/notifier.hpp"
#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using namespace std::chrono_literals;

namespace {

Config told_of_all() {
  Config config;
  config.templates = {default_template()};
  config.templates[0].statuses[1].notify.emplace().recovery = true;
  config.templates[0].statuses[2].notify.emplace();
  return config;
}

struct Fixture : NotificationSink {
  World world{true, told_of_all()};
  std::unique_ptr<NotificationTopics> topics;
  std::unique_ptr<Notifier> notifier;
  std::vector<Notification> told;

  Fixture() { start(); }

  void start() {
    NotifyState state;
    for (const auto& [name, record] : world.store.notify_devices) state.devices.push_back(record);
    for (const auto& [id, record] : world.store.incidents) state.incidents.push_back(record);
    topics = std::make_unique<NotificationTopics>(world.bridge().topics(), world.bridge().publisher());
    topics->add_next(*this);
    notifier = std::make_unique<Notifier>(world.config(), 7, std::move(state), *topics);
    world.bridge().add_feature(*notifier);
    world.connect_link();
    world.settle();
  }
  void notify(const Notification& notification, Time /*now*/) override { told.push_back(notification); }
  std::vector<std::string> kinds() const {
    std::vector<std::string> kinds;
    for (const auto& each : told) kinds.push_back(std::string(to_string(each.kind)) + " " + each.status);
    return kinds;
  }
  std::size_t published() const {
    return static_cast<std::size_t>(
        std::count_if(world.timeline.begin(), world.timeline.end(),
                      [](const auto& message) { return message.first.starts_with("ds/notify/"); }));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(whole_notifications, Fixture)

BOOST_AUTO_TEST_CASE(a_loss_and_a_return_are_told_and_published_once) {
  world.connect("pump/1");
  world.settle();
  world.disconnect("pump/1", 7);
  world.settle();
  world.pass(2min);
  world.settle();
  world.connect("pump/1");
  world.settle();
  BOOST_TEST(kinds() == (std::vector<std::string>{"status offline", "recovery online"}),
             boost::test_tools::per_element());
  BOOST_TEST(published() == 2U);
  const auto first = std::find_if(world.timeline.begin(), world.timeline.end(),
                                  [](const auto& message) { return message.first == "ds/notify/pump%2F1"; });
  BOOST_REQUIRE(first != world.timeline.end());
  BOOST_TEST(first->second == to_json(told[0]));
}

BOOST_AUTO_TEST_CASE(a_bridge_that_was_away_tells_only_where_a_device_is_now) {
  world.connect("a");
  world.connect("b");
  world.connect("c");
  world.settle();
  world.disconnect("a", 7);
  world.settle();
  world.break_link();
  world.disconnect("b", 7);
  world.disconnect("c", 7);
  world.pass(24h * 40);  // `a` would be offline, and then inactive
  world.connect("c");
  told.clear();
  world.kill_bridge();
  start();
  world.pass(1min);
  std::vector<std::string> names;
  for (const auto& each : told) names.push_back(each.device + " " + each.status);
  std::sort(names.begin(), names.end());
  BOOST_TEST(names == (std::vector<std::string>{"a inactive", "b inactive"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_was_told_of_before_the_bridge_died_is_told_to_be_back_after_it) {
  world.connect("a");
  world.settle();
  world.disconnect("a", 7);
  world.settle();
  world.pass(2min);
  world.settle();
  BOOST_TEST(told.size() == 1U);
  world.kill_bridge();
  start();
  BOOST_TEST(told.size() == 1U);
  world.connect("a");
  world.settle();
  BOOST_TEST(kinds() == (std::vector<std::string>{"status offline", "recovery online"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nobody_is_told_of_who_is_muted) {
  world.connect("a");
  world.settle();
  BOOST_REQUIRE(world.bridge().command(MuteDevice{"a", std::nullopt}, world.now()).has_value());
  world.disconnect("a", 7);
  world.settle();
  world.pass(2min);
  world.settle();
  BOOST_TEST(told.empty());
}

BOOST_AUTO_TEST_SUITE_END()
