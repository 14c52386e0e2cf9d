// SPDX-License-Identifier: Apache-2.0
#include "topics/identity/rule_index.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "topics/identity/device_rules.hpp"

namespace rollcall {
namespace {

DeviceRule rule(const std::string& client_id) {
  DeviceRule made;
  made.client_id = Pattern::parse(client_id).value();
  return made;
}

using Numbers = std::vector<std::uint32_t>;

RuleIndex::Subject client(std::string_view id) { return {{id, id}, {}, {}, {}}; }

struct Generator {
  std::mt19937 random{20261129};

  bool one_in(unsigned count) { return random() % count == 0; }
  std::string text(unsigned most) {
    std::string made;
    for (auto left = random() % (most + 1); left > 0; --left) made += static_cast<char>('a' + random() % 2);
    return made;
  }
  Pattern pattern() {
    auto made = one_in(3) ? "*" + text(2) : text(3);
    if (!one_in(4)) made += one_in(2) ? "*" : "{device}";
    made += text(2);
    if (one_in(3)) made += "*";
    return Pattern::parse(made.empty() ? "b" : made).value();
  }
  std::string address() {
    return "10." + std::to_string(random() % 3) + "." + std::to_string(random() % 3) + ".1";
  }
  DeviceRule rule() {
    DeviceRule made;
    if (!one_in(3)) made.client_id = pattern();
    if (one_in(3)) made.username = pattern();
    if (one_in(3)) made.report_topic = pattern();
    if (one_in(3)) {
      made.address = AddressBlock::parse(address() + (one_in(2) ? "/16" : one_in(2) ? "/24" : "")).value();
    }
    made.ignore = one_in(5);
    made.template_name = std::to_string(random() % 1000);
    return made;
  }
};

/// A rule says who it is by its template.
std::string of(const std::optional<DeviceIdentity>& identity) {
  return identity ? identity->device + "/" + identity->template_name : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rule_index_test)

BOOST_AUTO_TEST_CASE(rules_are_found_by_what_their_patterns_begin_or_end_with) {
  RuleIndex index;
  std::uint32_t number = 0;
  for (const auto* each : {"pump-{device}", "*-valve", "*", "pump", "pump-7*"})
    index.add(number++, rule(each));
  BOOST_TEST((index.find(client("pump-71")) == Numbers{0, 2, 3, 4}));
  BOOST_TEST((index.find(client("a-valve")) == Numbers{1, 2}));
  BOOST_TEST((index.find(client("")) == Numbers{2}));
}

BOOST_AUTO_TEST_CASE(rules_with_wildcards_at_both_ends_are_found_by_what_stands_between) {
  RuleIndex index;
  constexpr std::uint32_t kRules = 3000;
  for (std::uint32_t number = 0; number < kRules; ++number)
    index.add(number, rule("*site/" + std::to_string(10'000 + number) + "*{device}*"));
  BOOST_TEST(index.find(client(std::string(4000, 'x'))).empty());
  BOOST_TEST(index.find(client("a site/ as any other")).empty());
  const auto found = index.find(client("site/12999, my site/10007/pump, site/10007"));
  BOOST_TEST(found.size() <= 8U);
  BOOST_TEST(std::is_sorted(found.begin(), found.end()));
  for (const std::uint32_t number : {7U, 2999U})
    BOOST_TEST(std::count(found.begin(), found.end(), number) == 1);
}

BOOST_AUTO_TEST_CASE(a_rule_is_kept_by_what_the_fewest_others_have) {
  RuleIndex index;
  for (std::uint32_t number = 0; number < 1000; ++number)
    index.add(number, rule("plants/*-" + std::to_string(1000 + number) + "-*/{device}/state"));
  BOOST_TEST(index.find(client("plants/x/pump/state")).size() <= 10U);
  BOOST_TEST(index.find(client("plants/x-1234-y/pump/state")).size() <= 10U);
}

BOOST_AUTO_TEST_CASE(an_address_stands_in_for_patterns_that_are_not_there) {
  RuleIndex index;
  DeviceRule wide, narrow;
  wide.address = AddressBlock::parse("10.0.0.0/8").value();
  narrow.address = AddressBlock::parse("10.1.0.0/16").value();
  index.add(0, wide);
  index.add(1, narrow);
  const auto found = [&](std::string_view address) {
    return index.find({{}, {}, {}, AddressBlock::of(address)}).size();
  };
  BOOST_TEST(found("10.1.2.3") == 2U);
  BOOST_TEST(found("10.2.2.3") == 1U);
  BOOST_TEST(found("11.0.0.1") == 0U);
  BOOST_TEST(found("no address") == 0U);
}

BOOST_AUTO_TEST_CASE(many_rules_mean_what_they_would_mean_one_after_the_other) {
  Generator generator;
  const IsTemplate any = [](std::string_view) { return true; };
  int matches = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<DeviceRule> rules;
    for (auto count = generator.random() % 60; count > 0; --count) rules.push_back(generator.rule());
    const DeviceRules together(rules);
    for (int i = 0; i < 20; ++i) {
      const auto client_id = generator.text(5), username = generator.text(3), topic = generator.text(5);
      const auto address = generator.address();
      const ClientIdentity who{client_id, username, address};
      std::string connection = "none", report = "none";
      bool is_connection_decided = false, is_report_decided = false, may_be_report = false;
      for (auto each : rules) {
        const bool is_ignored = std::exchange(each.ignore, false);
        each.retained = RetainedReports::count;
        const DeviceRules alone{each};
        may_be_report = may_be_report || (each.report_topic && each.report_topic->match(topic));
        const auto by_connection = alone.identify(any, who);
        if (by_connection && !std::exchange(is_connection_decided, true) && !is_ignored)
          connection = of(by_connection);
        // A rule without {device} decides as well, though nothing comes of it.
        const bool has_device = !each.report_topic || each.report_topic->captures_device() ||
                                (each.client_id && each.client_id->captures_device()) ||
                                (each.username && each.username->captures_device());
        if (!has_device) each.ignore = true;
        const auto by_report = alone.identify_report(any, who, topic, false);
        const bool matches_without_device =
            each.report_topic && !has_device && each.report_topic->match(topic) &&
            (!each.client_id || each.client_id->match(client_id)) &&
            (!each.username || each.username->match(username)) &&
            (!each.address || each.address->contains(*AddressBlock::of(address)));
        if (is_report_decided || (!by_report && !matches_without_device)) continue;
        is_report_decided = true;
        if (by_report && !is_ignored) report = of(by_report);
      }
      BOOST_TEST(of(together.identify(any, who)) == connection);
      BOOST_TEST(of(together.identify_report(any, who, topic, false)) == report);
      BOOST_TEST(together.may_be_report(topic) == may_be_report);
      matches += connection != "none" ? 1 : 0;
    }
  }
  BOOST_TEST(matches > 1000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
