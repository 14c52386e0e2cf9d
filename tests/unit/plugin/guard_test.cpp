// SPDX-License-Identifier: Apache-2.0
#include "plugin/guard.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/plugin/fake_broker.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

struct Fixture {
  FakeBroker broker;
  TopicNames names{"ds"};
  DevicePermissions permissions{names};
  Guard guard{broker, names, permissions, "rollcall", "geheim"};
  const ClientHandle bridge = broker.add(1, "rollcall-bridge"), other = broker.add(2, "x");

  Fixture() {
    BOOST_TEST_REQUIRE((guard.login(bridge, "rollcall-bridge", "rollcall", "geheim") == Verdict::allow));
  }
  bool may(ClientHandle client, Access access, std::string_view topic, Verdict verdict) const {
    return guard.access(client, access, topic) == verdict;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(guard, Fixture)

BOOST_AUTO_TEST_CASE(the_bridge_is_who_knows_the_secret_and_nobody_else_has_its_name) {
  BOOST_TEST(guard.is_bridge(bridge));
  for (const auto* password : {"", "geheim ", "Geheim", "geheimgeheim", "g"}) {
    BOOST_TEST((guard.login(other, "x", "rollcall", password) == Verdict::deny), password);
  }
  BOOST_TEST((guard.login(other, "x", "rollcall", std::nullopt) == Verdict::deny));
  BOOST_TEST(!guard.is_bridge(other));
}

BOOST_AUTO_TEST_CASE(other_logins_are_none_of_its_business) {
  BOOST_TEST((guard.login(other, "x", std::nullopt, std::nullopt) == Verdict::none));
  BOOST_TEST((guard.login(other, "x", "", "") == Verdict::none));
  BOOST_TEST((guard.login(other, "x", "Rollcall", "geheim") == Verdict::none));
  BOOST_TEST((guard.login(other, "x", "rollcall2", "geheim") == Verdict::none));
}

BOOST_AUTO_TEST_CASE(without_a_secret_nobody_is_the_bridge) {
  Guard closed(broker, names, permissions, "rollcall", "");
  BOOST_TEST((closed.login(other, "x", "rollcall", "") == Verdict::deny));
  BOOST_TEST((closed.login(other, "x", "rollcall", std::nullopt) == Verdict::deny));
}

BOOST_AUTO_TEST_CASE(nobody_throws_the_bridge_out_by_taking_its_client_id) {
  BOOST_TEST((guard.login(other, "rollcall-bridge", std::nullopt, std::nullopt) == Verdict::deny));
  BOOST_TEST((guard.login(other, "rollcall-bridge", "rollcall", "geheim") == Verdict::allow));
}

BOOST_AUTO_TEST_CASE(nobody_takes_a_bridges_client_id_while_it_is_away) {
  guard.forget(bridge);
  BOOST_TEST((guard.login(handle(3), "rollcall-bridge", std::nullopt, std::nullopt) == Verdict::deny));
  BOOST_TEST((guard.login(handle(3), "rollcall-bridge", "x", "geheim") == Verdict::deny));
  BOOST_TEST((guard.login(handle(3), "rollcall-bridge2", std::nullopt, std::nullopt) == Verdict::none));
  BOOST_TEST((guard.login(bridge, "rollcall-bridge", "rollcall", "geheim") == Verdict::allow));
}

BOOST_AUTO_TEST_CASE(ids_as_bridges_have_by_default_are_theirs_before_the_first_has_come) {
  Guard fresh(broker, names, permissions, "rollcall", "geheim");
  const auto* const id = "rollcall-bridge-0123456789abcdef";
  BOOST_TEST((fresh.login(other, id, std::nullopt, std::nullopt) == Verdict::deny));
  BOOST_TEST((fresh.login(other, "rollcall-bridge-", "alice", "x") == Verdict::deny));
  BOOST_TEST((fresh.login(bridge, id, "rollcall", "geheim") == Verdict::allow));
}

BOOST_AUTO_TEST_CASE(a_reload_makes_no_bridges) {
  BOOST_TEST((guard.login_again(bridge, "rollcall", std::nullopt) == Verdict::allow));
  BOOST_TEST((guard.login_again(other, "rollcall", "geheim") ==
              Verdict::allow));  // its session, kept while it is away
  BOOST_TEST((guard.login_again(other, "rollcall", "no") == Verdict::deny));
  BOOST_TEST((guard.login_again(other, "someone", "no") == Verdict::none));
  BOOST_TEST(!guard.is_bridge(other));
}

BOOST_AUTO_TEST_CASE(only_the_bridge_writes_its_topics) {
  for (const auto* topic :
       {"ds/status/a", "ds/timeline/a", "ds/notify/a", "ds/fleet", "ds/incident", "ds/bridge",
        "$CONTROL/rollcall/v1", "$ds/event", "ds/declare/a", "ds/report/a", "ds/declare/a/error"}) {
    BOOST_TEST(may(bridge, Access::write, topic, Verdict::allow), topic);
    BOOST_TEST(may(other, Access::write, topic, Verdict::deny), topic);
  }
}

BOOST_AUTO_TEST_CASE(only_the_bridge_reads_the_stream) {
  for (const auto access : {Access::read, Access::subscribe}) {
    BOOST_TEST(may(bridge, access, "$ds/event", Verdict::allow));
    BOOST_TEST(may(other, access, "$ds/event", Verdict::deny));
  }
  BOOST_TEST(may(other, Access::subscribe, "$ds/#", Verdict::deny));
  BOOST_TEST(may(other, Access::subscribe, "$share/g/$ds/#", Verdict::deny));
}

BOOST_AUTO_TEST_CASE(everyone_reads_the_rest_as_before) {
  for (const auto access : {Access::read, Access::subscribe, Access::unsubscribe}) {
    for (const auto* topic : {"ds/status/a", "ds/#", "ds/bridge", "ds/declare/a/error", "#"}) {
      BOOST_TEST(may(other, access, topic, Verdict::none), topic);
    }
  }
  BOOST_TEST(may(other, Access::unsubscribe, "$ds/#", Verdict::none));
  for (const auto* topic : {"a", "ds", "ds/x", "$SYS/broker/log/N", "$CONTROL/dynamic-security/v1"}) {
    BOOST_TEST(may(other, Access::write, topic, Verdict::none), topic);
    BOOST_TEST(may(other, Access::read, topic, Verdict::none), topic);
  }
}

BOOST_AUTO_TEST_CASE(the_bridge_subscribes_to_the_log_and_never_gets_it) {
  BOOST_TEST(may(bridge, Access::subscribe, "$SYS/broker/log/#", Verdict::allow));
  BOOST_TEST(may(bridge, Access::read, "$SYS/broker/log/N", Verdict::deny));
}

BOOST_AUTO_TEST_CASE(an_address_that_was_the_bridges_is_anyones) {
  guard.forget(bridge);
  BOOST_TEST(!guard.is_bridge(bridge));
  BOOST_TEST(may(bridge, Access::write, "ds/status/a", Verdict::deny));
}

BOOST_AUTO_TEST_SUITE_END()
