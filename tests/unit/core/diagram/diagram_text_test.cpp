// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/diagram/diagram_text.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace rollcall {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "|") + line;
  return text;
}

BOOST_AUTO_TEST_SUITE(diagram_text_suite)

BOOST_AUTO_TEST_CASE(nothing_of_xml_is_left_in_a_text) {
  BOOST_TEST(xml_escaped(R"(<a href="x">&amp;'</a>)") ==
             "&lt;a href=&quot;x&quot;&gt;&amp;amp;&#39;&lt;/a&gt;");
  BOOST_TEST(xml_escaped("Zürich 日本 🌙") == "Zürich 日本 🌙");
}

BOOST_AUTO_TEST_CASE(what_xml_can_not_hold_is_replaced) {
  BOOST_TEST(xml_escaped("a\x01"
                         "b\x7F"
                         "c\u0085") == "a\uFFFDb\uFFFDc\uFFFD");
  BOOST_TEST(xml_escaped("\xEF\xBF\xBE\xEF\xBF\xBF") == "\uFFFD\uFFFD");
  BOOST_TEST(xml_escaped("\xFF"
                         "a\xC3") == "\uFFFDa\uFFFD");
  BOOST_TEST(xml_escaped("\xE2\x82"
                         "a") == "\uFFFD\uFFFDa");
}

BOOST_AUTO_TEST_CASE(nothing_of_mermaid_is_left_in_a_text) {
  BOOST_TEST(mermaid_escaped("A 1") == "A 1");
  BOOST_TEST(mermaid_escaped("\"#|;") == "#34;#35;#124;#59;");
  BOOST_TEST(mermaid_escaped("- `x`") == "#45; #96;x#96;");
  BOOST_TEST(mermaid_escaped("a\nb") == "a b");
  BOOST_TEST(mermaid_escaped("日本 ß") == "日本 ß");
  BOOST_TEST(mermaid_escaped("¶") == "#182;");
  BOOST_TEST(mermaid_escaped("$$") == "#36;\u2060#36;\u2060");
  for (char c = '!'; c < 0x7F; ++c) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) continue;
    BOOST_TEST(mermaid_escaped(std::string(1, c)).starts_with(fmt::format("#{};", static_cast<int>(c))));
  }
}

BOOST_AUTO_TEST_CASE(text_on_any_color_can_be_read) {
  BOOST_TEST(readable_on("#ffffff") == "#000000");
  BOOST_TEST(readable_on("#000000") == "#ffffff");
  BOOST_TEST(readable_on("#23c48e") == "#000000");
  BOOST_TEST(readable_on("#3e63DD") == "#ffffff");
  for (unsigned color = 0; color < 0x1000000U; color += 0x01317U) {
    const auto text = fmt::format("#{:06x}", color);
    BOOST_TEST_REQUIRE(contrast(text, readable_on(text)) >= 4.5, text);
  }
  BOOST_TEST(contrast("#000000", "#ffffff") == 21.0, boost::test_tools::tolerance(0.001));
}

BOOST_AUTO_TEST_CASE(lines_break_at_spaces) {
  BOOST_TEST(joined(wrapped("one two three", DiagramFont::label, 90)) == "one two|three");
  BOOST_TEST(joined(wrapped("  one   two  ", DiagramFont::label, 500)) == "one two");
  BOOST_TEST(joined(wrapped("one\u2028two", DiagramFont::label, 500)) == "one two");
  BOOST_TEST(joined(wrapped("", DiagramFont::label, 80)) == "");
  BOOST_TEST(joined(wrapped("   ", DiagramFont::label, 80)) == "");
}

BOOST_AUTO_TEST_CASE(long_words_break_anywhere_but_not_within_a_character) {
  BOOST_TEST(joined(wrapped("aaaaaaa", DiagramFont::code, 30)) == "aaa|aaa|a");
  BOOST_TEST(joined(wrapped("日本語", DiagramFont::label, 40)) == "日本|語");
  BOOST_TEST(joined(wrapped("ééé", DiagramFont::label, 20)) == "é|é|é");
  BOOST_TEST(joined(wrapped("e\u0301e\u0301", DiagramFont::label, 20)) == "e\u0301|e\u0301");
  const std::string family = "\U0001F469\u200D\U0001F467";
  BOOST_TEST(joined(wrapped(family + family, DiagramFont::label, 60)) == family + "|" + family);
  BOOST_TEST(joined(wrapped("WW", DiagramFont::label, 1)) == "W|W");
}

BOOST_AUTO_TEST_CASE(no_line_is_wider_than_it_may_be) {
  for (const auto& text :
       {std::string(200, 'W'), std::string(200, 'i'), std::string("a bc ") + std::string(190, 'x')}) {
    for (const auto& line : wrapped(text, DiagramFont::label, 250)) {
      BOOST_TEST(text_width_px(line, DiagramFont::label) <= 250, line);
    }
  }
}

BOOST_AUTO_TEST_CASE(balanced_lines_are_no_more_but_more_even) {
  BOOST_TEST(joined(wrapped("Have somebody look for it", DiagramFont::label, 252)) ==
             "Have somebody look for|it");
  BOOST_TEST(joined(balanced("Have somebody look for it", DiagramFont::label, 252)) ==
             "Have somebody|look for it");
  BOOST_TEST(joined(balanced("short", DiagramFont::label, 252)) == "short");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
