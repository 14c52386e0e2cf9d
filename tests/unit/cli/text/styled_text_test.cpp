// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/styled_text.hpp"

#include <boost/test/unit_test.hpp>

namespace rollcall::cli {

BOOST_AUTO_TEST_SUITE(styled_text)

BOOST_AUTO_TEST_CASE(width_is_in_columns_of_a_terminal) {
  BOOST_TEST(display_width("pump-7") == 6U);
  BOOST_TEST(display_width("Größe") == 5U);
  BOOST_TEST(display_width("e\u0301") == 1U);
  BOOST_TEST(display_width("温度") == 4U);
  BOOST_TEST(display_width("\xFF") == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_too_wide_ends_with_an_ellipsis) {
  BOOST_TEST(cut_to_width("pump-7", 6) == "pump-7");
  BOOST_TEST(cut_to_width("pump-7", 5) == "pump…");
  BOOST_TEST(cut_to_width("温度計", 5) == "温度…");
  BOOST_TEST(cut_to_width("温度計", 4) == "温…");
  BOOST_TEST(cut_to_width("pump", 0) == "");
}

BOOST_AUTO_TEST_CASE(a_line_is_cut_within_the_span_that_does_not_fit) {
  const StyledLine line{{"ab"}, {"cde"}, {"f"}};
  BOOST_TEST(plain_text(cut_to_width(line, 6)) == "abcdef");
  BOOST_TEST(plain_text(cut_to_width(line, 5)) == "abcd…");
  BOOST_TEST(plain_text(cut_to_width(line, 2)) == "a…");
}

BOOST_AUTO_TEST_CASE(what_a_stranger_named_stays_on_its_line) {
  BOOST_TEST(printable("pump 7") == "pump 7");
  BOOST_TEST(printable("") == "");
  BOOST_TEST(printable("a\nb") == "\"a\\u000ab\"");
  BOOST_TEST(printable("a\x1b[2J") == "\"a\\u001b[2J\"");
}

BOOST_AUTO_TEST_CASE(a_colour_is_as_near_as_the_terminal_has_it) {
  const Style green{"#23c48e", true, false};
  BOOST_TEST(style_begin(green, Palette::true_color) == "\x1b[1;38;2;35;196;142m");
  BOOST_TEST(style_begin(green, Palette::colors_256) == "\x1b[1;38;5;42m");
  BOOST_TEST(style_begin(green, Palette::none) == "");
  BOOST_TEST(style_begin({"#ffffff", false, false}, Palette::colors_256) == "\x1b[38;5;231m");
  BOOST_TEST(style_begin({"red", false, false}, Palette::true_color) == "");
  BOOST_TEST(style_begin({}, Palette::true_color) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
