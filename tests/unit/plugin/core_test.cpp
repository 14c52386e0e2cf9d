// SPDX-License-Identifier: Apache-2.0
// What the parts of the plugin make together, where that is more than each of them.
#include "plugin/core.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/plugin/fake_broker.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

/// A broker of 2.0 that never ticks, as 2.0.11 with per_listener_settings: an end is an end, and then nothing
/// is called until somebody does something.
struct Fixture {
  FakeBroker broker;
  Core core{options(), broker, false, 1};
  const ClientHandle bridge = broker.add(1, "rollcall-bridge", 5);

  Fixture() { BOOST_TEST_REQUIRE((core.basic_auth(bridge, "rollcall", "geheim") == Verdict::allow)); }

  static Options options() {
    Options options;
    options.bridge_secret = "geheim";
    return options;
  }
  bool may_write(ClientHandle client, std::string_view topic) {
    return core.acl_check(client, Access::write, topic, "") == Verdict::allow;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(core, Fixture)

BOOST_AUTO_TEST_CASE(a_bridge_that_has_left_has_its_will_to_write) {
  BOOST_TEST(may_write(bridge, "ds/status/pump"));
  core.disconnected(bridge, std::nullopt);
  BOOST_TEST(may_write(bridge, "ds/bridge"));
}

BOOST_AUTO_TEST_CASE(who_gets_the_address_of_a_bridge_that_has_left_writes_nothing) {
  core.disconnected(bridge, std::nullopt);
  // Logged in by certificate, so that no plugin was asked.
  BOOST_TEST(!may_write(broker.add(1, "mallory"), "ds/status/pump"));
  BOOST_TEST(!may_write(bridge, "ds/bridge"));
}

BOOST_AUTO_TEST_CASE(a_will_is_written_once) {
  core.disconnected(bridge, std::nullopt);
  BOOST_TEST(may_write(bridge, "ds/bridge"));
  BOOST_TEST(!may_write(broker.add(1, "mallory"), "ds/bridge"));
}

BOOST_AUTO_TEST_SUITE_END()
