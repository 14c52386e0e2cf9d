// SPDX-License-Identifier: Apache-2.0
// Who may declare and report, and nobody else, whatever ids and topics look like.
#include "plugin/device_permissions.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/plugin/fake_broker.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

struct Fixture {
  TopicNames names{"ds"};
  DevicePermissions permissions{names};

  static DeviceRule rule(std::string_view client_id) {
    DeviceRule made;
    made.client_id = Pattern::parse(client_id).value();
    return made;
  }
  static ClientFacts client(const std::string& id, const std::string& username = "") {
    ClientFacts facts;
    facts.client_id = id;
    facts.username = username;
    facts.has_username = !username.empty();
    facts.address = "10.0.0.1";
    return facts;
  }
  void set_rules(std::vector<DeviceRule> rules, std::vector<std::string> reporters = {}) {
    request::Rules made;
    made.rules = std::move(rules);
    made.templates = {"default", "pump"};
    made.reporters = std::move(reporters);
    permissions.set_rules(std::move(made));
  }
  bool declares(const std::string& id, std::string_view device) const {
    return permissions.may_declare(handle(1), client(id), "ds/declare/" + std::string(device));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(device_permissions, Fixture)

BOOST_AUTO_TEST_CASE(until_the_bridge_has_sent_its_rules_nobody_may) {
  BOOST_TEST(!declares("a", "a"));
  BOOST_TEST(!permissions.may_report(client("a", "gateway"), "ds/report/a"));
  BOOST_TEST(!permissions.may_be_report("zigbee2mqtt/a"));
  BOOST_TEST(!permissions.is_report(client("a"), "zigbee2mqtt/a", false));
}

BOOST_AUTO_TEST_CASE(a_client_declares_for_its_own_device_alone) {
  set_rules({rule("{device}")});
  BOOST_TEST(declares("a", "a"));
  for (const auto* other : {"b", "A", "aa", "", "a/", "a/error", "a/b", "+", "#", "a%00", " a"}) {
    BOOST_TEST(!declares("a", other), other);
  }
  BOOST_TEST(!permissions.may_declare(handle(1), client("a"), "ds/declare"));
  BOOST_TEST(!permissions.may_declare(handle(1), client("a"), "$share/g/ds/declare/a"));
  BOOST_TEST(!permissions.may_declare(handle(1), client("a"), "x/ds/declare/a"));
  BOOST_TEST(!permissions.may_declare(handle(1), client("a"), "ds/report/a"));
}

BOOST_AUTO_TEST_CASE(a_device_is_kept_with_the_connection_until_other_rules_come) {
  set_rules({rule("{device}")});
  const auto may = [&](std::uintptr_t number, const std::string& id, const std::string& device) {
    return permissions.may_declare(handle(number), client(id), "ds/declare/" + device);
  };
  BOOST_TEST(may(2, "a", "a"));
  BOOST_TEST(may(2, "a", "a"));
  BOOST_TEST(!may(2, "b", "a"));  // the address is another client's by now
  BOOST_TEST(may(2, "b", "b"));
  set_rules({rule("pump-{device}")});
  BOOST_TEST(!may(2, "b", "b"));
  BOOST_TEST(may(2, "pump-b", "b"));
  permissions.forget(handle(2));
  BOOST_TEST(may(2, "pump-b", "b"));
}

BOOST_AUTO_TEST_CASE(the_device_is_the_one_that_the_rules_give) {
  set_rules({rule("{template}:{device}"), rule("sensor-{device}")});
  BOOST_TEST(declares("pump:7", "7"));
  BOOST_TEST(!declares("pump:7", "pump:7"));
  BOOST_TEST(!declares("boat:7", "7"));  // there is no such template
  BOOST_TEST(declares("sensor-7", "7"));
  BOOST_TEST(!declares("other", "other"));
}

BOOST_AUTO_TEST_CASE(who_is_ignored_declares_for_nobody) {
  auto ignored = rule("tool-*");
  ignored.ignore = true;
  set_rules({ignored, rule("{device}")});
  BOOST_TEST(!declares("tool-1", "tool-1"));
  BOOST_TEST(declares("tools", "tools"));
}

BOOST_AUTO_TEST_CASE(an_id_has_one_encoding_and_no_other_one_will_do) {
  set_rules({rule("{device}")});
  BOOST_TEST(declares("a/b", "a%2Fb"));
  BOOST_TEST(!declares("a/b", "a%2fb"));
  BOOST_TEST(!declares("a", "%61"));
  BOOST_TEST(!declares("a%2Fb", "a%2Fb"));  // that is another device's
  BOOST_TEST(declares("a%2Fb", "a%252Fb"));
  BOOST_TEST(declares("+", "%2B"));
  BOOST_TEST(declares("\xC3\xA9", "\xC3\xA9"));
  BOOST_TEST(!declares("\xC3\xA9", "e\xCC\x81"));  // looks the same
}

BOOST_AUTO_TEST_CASE(ids_that_are_cut_are_nobodys) {
  set_rules({rule("*-{device}"), rule("{device}*")});
  // As the broker port gives one that is longer: with what came behind it would be another device.
  BOOST_TEST(!declares(std::string(kMaxReportedIdBytes - 1, 'x') + "-p", "p"));
  BOOST_TEST(declares(std::string(kMaxReportedIdBytes - 2, 'x') + "-p", "p"));
  BOOST_TEST(!permissions.may_declare(
      handle(1), client("x-p", std::string(kMaxReportedUsernameBytes + 1, 'u')), "ds/declare/p"));
}

BOOST_AUTO_TEST_CASE(only_reporters_report_about_any_device_there_could_be) {
  set_rules({rule("{device}")}, {"gateway", ""});
  BOOST_TEST(permissions.may_report(client("x", "gateway"), "ds/report/lamp"));
  BOOST_TEST(permissions.may_report(client("x", "gateway"), "ds/report/a%2Fb"));
  BOOST_TEST(!permissions.may_report(client("x", "gateway"), "ds/report/a%2fb"));
  BOOST_TEST(!permissions.may_report(client("x", "gateway"), "ds/report/a/b"));
  BOOST_TEST(!permissions.may_report(client("x", "gateway"), "ds/report/"));
  BOOST_TEST(!permissions.may_report(client("x", "Gateway"), "ds/report/x"));
  BOOST_TEST(!permissions.may_report(client("gateway"), "ds/report/gateway"));  // anonymous
  set_rules({rule("{device}")});
  BOOST_TEST(!permissions.may_report(client("x", "gateway"), "ds/report/lamp"));
}

BOOST_AUTO_TEST_CASE(a_rule_makes_messages_reports_for_those_who_fit_it) {
  DeviceRule zigbee;
  zigbee.report_topic = Pattern::parse("zigbee2mqtt/{device}").value();
  zigbee.username = Pattern::parse("gateway").value();
  auto availability = zigbee;
  availability.report_topic = Pattern::parse("zigbee2mqtt/{device}/availability").value();
  availability.ignore = true;
  set_rules({rule("{device}"), availability, zigbee});
  BOOST_TEST(permissions.is_report(client("z", "gateway"), "zigbee2mqtt/lamp", false));
  BOOST_TEST(permissions.may_be_report("zigbee2mqtt/lamp"));
  BOOST_TEST(!permissions.is_report(client("z", "other"), "zigbee2mqtt/lamp", false));
  BOOST_TEST(!permissions.is_report(client("z", "gateway"), "zigbee2mqtt/lamp/availability", false));
  BOOST_TEST(!permissions.may_be_report("zigbee/lamp"));
  BOOST_TEST(!permissions.is_report(client("z", "gateway"), "zigbee2mqtt/" + std::string(600, 'x'), false));
  BOOST_TEST(!permissions.may_be_report(("zigbee2mqtt/" + std::string(kMaxReportTopicBytes, 'x')).c_str()));
}

BOOST_AUTO_TEST_CASE(what_is_published_as_retained_is_a_report_where_the_first_rule_that_matches_says_so) {
  DeviceRule counts;
  counts.report_topic = Pattern::parse("zigbee2mqtt/{device}").value();
  counts.username = Pattern::parse("gateway").value();
  counts.retained = RetainedReports::count;
  auto ignores = counts;
  ignores.retained = RetainedReports::ignore;
  ignores.report_topic = Pattern::parse("zigbee2mqtt/cellar-{device}").value();
  set_rules({ignores, counts});
  const auto gateway = client("z", "gateway");
  BOOST_TEST(permissions.is_report(gateway, "zigbee2mqtt/lamp", true));
  BOOST_TEST(permissions.is_report(gateway, "zigbee2mqtt/lamp", false));
  BOOST_TEST(!permissions.is_report(gateway, "zigbee2mqtt/cellar-lamp", true));
  BOOST_TEST(permissions.is_report(gateway, "zigbee2mqtt/cellar-lamp", false));
  BOOST_TEST(!permissions.is_report(client("z", "other"), "zigbee2mqtt/lamp", true));
}

BOOST_AUTO_TEST_SUITE_END()
