// SPDX-License-Identifier: Apache-2.0
// Devices that operators register or mute, through the whole bridge: published, stored, and there again.
#include <string>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

Config crowded() {
  Config config;
  config.newcomers.max_devices = 1;
  config.templates = {default_template(), default_template()};
  config.templates[1].name = "pump";
  return config;
}

/// One device is connected, and there is room for no other.
struct Fixture {
  World world{true, crowded()};

  Fixture() {
    world.connect("first");
    world.connect_link();
    world.settle();
  }
  Result<std::uint64_t> do_it(const OperatorAction& action) {
    auto done = world.bridge().command(action, world.now());
    world.settle();
    return done;
  }
  void restart() {
    world.kill_bridge();
    world.connect_link();
    world.settle();
  }
  bool is_retained(const std::string& device) const { return world.retained.contains("ds/status/" + device); }
  Json status(const std::string& device) const {
    return Json::parse(world.retained.at("ds/status/" + device));
  }
  Json timeline_row(const std::string& device) const {
    for (const auto& [topic, payload] : world.timeline) {
      if (topic == "ds/timeline/" + device) return Json::parse(payload);
    }
    return nullptr;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(registered, Fixture)

BOOST_AUTO_TEST_CASE(a_registered_device_has_room_where_a_newcomer_has_none) {
  world.connect("stranger");
  world.settle();
  BOOST_TEST(!is_retained("stranger"));
  BOOST_TEST(do_it(RegisterDevice{"expected", "pump"}).has_value());
  BOOST_TEST(status("expected").at("status") == "offline");
  BOOST_TEST(status("expected").at("template") == "pump");
  BOOST_TEST(status("expected").at("last_seen").is_null());
  BOOST_TEST(timeline_row("expected").at("cause") == "registered");
  BOOST_TEST(timeline_row("expected").at("from").is_null());
  world.connect("expected");
  world.settle();
  BOOST_TEST(status("expected").at("status") == "online");
  BOOST_TEST(status("expected").at("connected") == true);
}

BOOST_AUTO_TEST_CASE(it_is_there_after_a_restart_and_is_published_as_before) {
  BOOST_TEST(do_it(RegisterDevice{"expected", "pump"}).has_value());
  const Json before = status("expected");
  restart();
  BOOST_TEST(status("expected") == before);
  world.retained.clear();
  world.kill_broker(false);
  world.connect_link();
  world.settle();
  BOOST_TEST(status("expected").at("since") == before.at("since"));
  BOOST_TEST(status("expected").at("last_seen").is_null());
}

BOOST_AUTO_TEST_CASE(over_a_reload_it_keeps_its_template_while_there_is_one) {
  BOOST_TEST(do_it(RegisterDevice{"expected", "pump"}).has_value());
  BOOST_TEST(world.bridge().reload(world.config(), world.now()).has_value());
  world.settle();
  BOOST_TEST(status("expected").at("template") == "pump");
  Config config = world.config();
  config.templates.pop_back();
  BOOST_TEST(world.bridge().reload(config, world.now()).has_value());
  world.settle();
  BOOST_TEST(status("expected").at("template") == "default");
  BOOST_TEST(status("expected").at("status") == "offline");
  BOOST_TEST(status("expected").at("cause").is_null());
}

BOOST_AUTO_TEST_CASE(the_store_gets_its_template_after_a_restart_without_that_which_it_had) {
  BOOST_TEST(do_it(RegisterDevice{"expected", "pump"}).has_value());
  world.change_config([](Config& config) { config.templates.pop_back(); });
  restart();
  BOOST_TEST(status("expected").at("template") == "default");
  BOOST_TEST(world.store.devices.at("expected").template_name == "default");
}

BOOST_AUTO_TEST_CASE(forgotten_it_is_gone_and_can_be_registered_again) {
  BOOST_TEST(do_it(RegisterDevice{"expected", "pump"}).has_value());
  BOOST_TEST(do_it(ForgetDevice{"expected"}).has_value());
  BOOST_TEST(!is_retained("expected"));
  BOOST_TEST(do_it(RegisterDevice{"expected", "default"}).has_value());
  restart();
  BOOST_TEST(status("expected").at("template") == "default");
  BOOST_TEST(!do_it(RegisterDevice{"expected", "default"}).has_value());
}

BOOST_AUTO_TEST_CASE(a_muted_device_is_muted_after_a_restart_a_reload_and_a_step_of_the_clock) {
  BOOST_TEST(do_it(MuteDevice{"first", {}}).has_value());
  restart();
  BOOST_TEST((world.store.devices.at("first").muted_until == Time::max()));
  const Time until = world.now() + 2h;
  BOOST_TEST(do_it(MuteDevice{"first", until}).has_value());
  BOOST_TEST(world.bridge().reload(world.config(), world.now()).has_value());
  world.set_clock(1h);
  world.settle();
  BOOST_TEST((world.store.devices.at("first").muted_until == until + 1h));
  BOOST_TEST(do_it(UnmuteDevice{"first"}).has_value());
  BOOST_TEST(!world.store.devices.at("first").muted_until.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
