// SPDX-License-Identifier: Apache-2.0
#include "base/quoting.hpp"

#include <boost/test/unit_test.hpp>

#include "base/utf8.hpp"
#include "bridge/core/simulate/scenario.hpp"
#include "topics/names.hpp"

using namespace rollcall;

BOOST_AUTO_TEST_SUITE(wording)

BOOST_AUTO_TEST_CASE(nothing_that_a_terminal_would_obey_is_shown_as_it_is) {
  BOOST_TEST(in_quotes("a\x1b[2J\n") == R"("a\u001b[2J\u000a")");
  BOOST_TEST(in_quotes("a\x7f") == R"("a\u007f")");  // found by tests/fuzz/configuration.cpp
  BOOST_TEST(in_quotes("\xC2\x9B"
                       "2J\xC2\x85") == R"("\u009b2J\u0085")");  // CSI in one character
  BOOST_TEST(in_quotes("\xC2\xA0\xC3\xA9") == "\"\xC2\xA0\xC3\xA9\"");
}

BOOST_AUTO_TEST_CASE(a_long_word_of_a_scenario_is_cut_between_characters) {
  std::string word(59, 'x');
  word += "\xC3\xA9\xC3\xA9";
  const auto scenario = parse_scenario("10:00:00 " + word + "\n");
  BOOST_TEST_REQUIRE(!scenario.has_value());
  BOOST_TEST(is_valid_utf8(scenario.error().message));
  BOOST_TEST(scenario.error().message.find(std::string(59, 'x') + "…'") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
