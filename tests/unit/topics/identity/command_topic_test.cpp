// SPDX-License-Identifier: Apache-2.0
#include "topics/identity/command_topic.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

using namespace rollcall;

namespace {

CommandTopic topic(const std::string& text) { return CommandTopic::parse(text).value(); }
std::string device(const std::string& pattern, const std::string& in) {
  return std::string(topic(pattern).device_in(in).value_or("-"));
}
std::string error(const std::string& text) {
  const auto parsed = CommandTopic::parse(text);
  return parsed ? "none" : parsed.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_topic)

BOOST_AUTO_TEST_CASE(the_device_is_one_level) {
  BOOST_TEST(device("cmd/{device}", "cmd/a") == "a");
  BOOST_TEST(device("cmd/{device}", "cmd/a/b") == "-");
  BOOST_TEST(device("cmd/{device}", "cmd/") == "-");
  BOOST_TEST(device("cmd/{device}", "cmd") == "-");
  BOOST_TEST(device("cmd/{device}", "cmdx/a") == "-");
  BOOST_TEST(device("{device}/set", "a/set") == "a");
  BOOST_TEST(device("{device}/set", "/set") == "-");
  BOOST_TEST(device("cmd/{device}", "cmd/hall%2Flamp") == "hall%2Flamp");
}

BOOST_AUTO_TEST_CASE(wildcards_match_as_mqtt_has_it) {
  BOOST_TEST(device("cmd/{device}/#", "cmd/a") == "a");
  BOOST_TEST(device("cmd/{device}/#", "cmd/a/") == "a");
  BOOST_TEST(device("cmd/{device}/#", "cmd/a/b/c") == "a");
  BOOST_TEST(device("cmd/{device}/#", "cmd//b") == "-");
  BOOST_TEST(device("+/{device}/set", "x/a/set") == "a");
  BOOST_TEST(device("+/{device}/set", "$x/a/set") == "-");
  BOOST_TEST(device("{device}/#", "$SYS/x") == "-");
  BOOST_TEST(device("cmd/+/{device}/+", "cmd//a/") == "a");
  BOOST_TEST(device("cmd/+/{device}/+", "cmd/x/a") == "-");
}

BOOST_AUTO_TEST_CASE(what_is_no_topic_of_commands_is_refused) {
  for (const auto* text :
       {"", "cmd", "cmd/#", "cmd/{device}/{device}", "cmd/x{device}", "cmd/{device}x", "cmd/#/{device}",
        "cmd/{device}/a#", "cmd/+a/{device}", "cmd/{name}/{device}", "$cmd/{device}", "cmd/{device}/\x01"}) {
    BOOST_TEST(error(text) != "none", text);
  }
  BOOST_TEST(error(std::string(1100, 'x') + "/{device}") == "has more than 1,024 bytes");
}

BOOST_AUTO_TEST_CASE(two_overlap_if_a_topic_can_be_of_both) {
  BOOST_TEST(topic("cmd/{device}/#").overlaps(topic("cmd/+/{device}")));
  BOOST_TEST(topic("cmd/{device}").overlaps(topic("+/{device}")));
  BOOST_TEST(!topic("cmd/{device}").overlaps(topic("set/{device}")));
  BOOST_TEST(!topic("cmd/{device}").overlaps(topic("cmd/{device}/x")));
  BOOST_TEST(topic("{device}/#").overlaps_filter("ds/status/#"));
  BOOST_TEST(!topic("{device}/set").overlaps_filter("ds/status/#"));
}

BOOST_AUTO_TEST_SUITE_END()
