// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config/advice.hpp"

#include <boost/test/unit_test.hpp>

#include "bridge/core/config/config_parser.hpp"

namespace rollcall {
namespace {

std::string advice(const std::string& text) {
  const auto all = advice_for(parse_config(text, "rollcall.json").value());
  return all.empty() ? "" : all.size() == 1 ? all.front() : "several";
}

std::string with_rule(const std::string& rule) { return R"({"devices":[)" + rule + "]}"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(advice_test)

BOOST_AUTO_TEST_CASE(rules_that_let_anybody_in_are_named_where_nothing_is_forgotten) {
  BOOST_TEST(
      advice("{}").starts_with("without \"devices\" every client is a device, and template \"default\""));
  BOOST_TEST(
      advice(with_rule(R"({"client_id":"a-*"},{"client_id":"{device}"})")).starts_with("devices[1] makes"));
}

BOOST_AUTO_TEST_CASE(rules_that_ask_for_something_are_not) {
  for (const auto* rule :
       {R"({"client_id":"pump-{device}"})", R"({"username":"{device}"})",
        R"({"client_id":"*","address":"10.0.0.0/8"})", R"({"client_id":"*","ignore":true})",
        R"({"client_id":"*","report_topic":"data/{device}"})"}) {
    BOOST_TEST(advice(with_rule(rule)) == "", rule);
  }
}

BOOST_AUTO_TEST_CASE(nor_where_the_template_forgets) {
  BOOST_TEST(advice(R"({"templates":{"default":{"statuses":[{"status":"online"},
      {"status":"offline","after":"1m","forget_after":"90d"}]}}})") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
