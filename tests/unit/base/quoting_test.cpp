// SPDX-License-Identifier: Apache-2.0
#include "base/quoting.hpp"

#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

using namespace rollcall;

BOOST_AUTO_TEST_SUITE(quoting_test)

BOOST_AUTO_TEST_CASE(nothing_that_a_terminal_would_obey_is_shown_as_it_is) {
  BOOST_TEST(in_quotes("a\x1b[2J\n") == R"("a\u001b[2J\u000a")");
  BOOST_TEST(in_quotes("a\x7f") == R"("a\u007f")");  // found by tests/fuzz/configuration.cpp
  BOOST_TEST(in_quotes("\xC2\x9B"
                       "2J\xC2\x85") == R"("\u009b2J\u0085")");  // CSI in one character
  BOOST_TEST(in_quotes("\xC2\xA0\xC3\xA9") == "\"\xC2\xA0\xC3\xA9\"");
}

BOOST_AUTO_TEST_CASE(nor_what_turns_text_around_or_hides_in_it) {
  BOOST_TEST(in_quotes("pump\u202e7\u2066\u200f") == R"("pump\u202e7\u2066\u200f")");
  BOOST_TEST(in_quotes("pu\u200bmp\ufeff\u00ad") == R"("pu\u200bmp\ufeff\u00ad")");
  BOOST_TEST(in_quotes("a\U000E0041") == R"("a\udb40\udc41")");
  BOOST_TEST(in_quotes("\u05d0\u0301\U0001F41F") == "\"\u05d0\u0301\U0001F41F\"");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text) {
  BOOST_TEST(escape_unprintable("a\xFFz\xC2") == "a\\ufffdz\\ufffd");
  BOOST_TEST(escape_unprintable(std::string_view("\0", 1)) == "\\u0000");
  BOOST_TEST(escape_unprintable("two\nlines\tand \"more\"") == "two\nlines\tand \"more\"");
}

BOOST_AUTO_TEST_CASE(only_what_is_not_plain_gets_quotes) {
  const std::string is_long(500, 'x');
  for (const auto& plain : {std::string("pump-7"), std::string("a b"), std::string("\u00fc"), is_long}) {
    BOOST_TEST(quoted_unless_plain(plain) == plain);
  }
  BOOST_TEST(quoted_unless_plain("") == "\"\"");
  BOOST_TEST(quoted_unless_plain(" a") == "\" a\"");
  BOOST_TEST(quoted_unless_plain("a\nb is gone") == R"("a\u000ab is gone")");
  BOOST_TEST(quoted_unless_plain("a\"") == R"("a\"")");
}

BOOST_AUTO_TEST_SUITE_END()
