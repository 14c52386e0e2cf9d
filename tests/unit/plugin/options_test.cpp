// SPDX-License-Identifier: Apache-2.0
#include "plugin/options.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

Result<std::string> a_secret(const std::string& path) {
  if (path == "missing") return fail("can't open \"missing\": No such file or directory");
  return "geheim";
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string error_of(const Pairs& pairs) {
  const auto options = parse_options(pairs, a_secret);
  return options ? "" : options.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plugin_options)

BOOST_AUTO_TEST_CASE(without_options_the_defaults_stand) {
  BOOST_TEST(
      (parse_options({}, a_secret).value() == Options{"rollcall", "", "ds", "", 10, OpenBroker::automatic}));
}

BOOST_AUTO_TEST_CASE(all_options_are_taken) {
  const auto options = parse_options({{"bridge_username", "b"},
                                      {"bridge_password_file", "/x"},
                                      {"topic_prefix", "acme/ds"},
                                      {"broker_name", "north"},
                                      {"activity_interval", "30"},
                                      {"open_broker", "no"}},
                                     a_secret);
  BOOST_TEST((options.value() == Options{"b", "geheim", "acme/ds", "north", 30, OpenBroker::no}));
}

BOOST_AUTO_TEST_CASE(a_bad_option_is_named_with_what_would_be_right) {
  BOOST_TEST(error_of({{"brige_username", "b"}}) ==
             "plugin_opt_brige_username: there is no such option; the options are bridge_username, "
             "bridge_password_file, "
             "topic_prefix, broker_name, activity_interval and open_broker");
  BOOST_TEST(error_of({{"bridge_username", ""}}).find("must not be empty") != std::string::npos);
  BOOST_TEST(error_of({{"bridge_password_file", "missing"}}) ==
             "plugin_opt_bridge_password_file: can't open \"missing\": No such file or directory");
  BOOST_TEST(error_of({{"topic_prefix", "a/#"}}).find("plugin_opt_topic_prefix: ") == 0U);
  for (const auto* value : {"", "-1", "1.5", "10s", "86401", "99999999999"}) {
    BOOST_TEST(error_of({{"activity_interval", value}}).find("whole seconds from 0 (off) to 86400") !=
                   std::string::npos,
               value);
  }
  BOOST_TEST(error_of({{"open_broker", "true"}}).find("must be auto, yes or no") != std::string::npos);
  BOOST_TEST(error_of({{"open_broker", "no"}, {"open_broker", "no"}}) ==
             "plugin_opt_open_broker: is given twice");
}

BOOST_AUTO_TEST_SUITE_END()
