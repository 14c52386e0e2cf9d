// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config/message_template.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using Place = MessageTemplate::Place;

namespace {

std::string filled(std::string_view text, std::string_view value, Place place = Place::body) {
  return MessageTemplate::parse(text, place).value().fill([&](std::string_view) {
    return std::string(value);
  });
}

std::string refusal(std::string_view text, Place place = Place::body) {
  const auto made = MessageTemplate::parse(text, place);
  return made ? "ok" : made.error().message;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(message_template)

BOOST_AUTO_TEST_CASE(a_placeholder_is_written_as_its_form_says) {
  const std::string value = "a \"b\"\n<c>&ä";
  BOOST_TEST(filled("{text}", value) == value);
  BOOST_TEST(filled("[{text:json}]", value) == R"(["a \"b\"\u000a<c>&ä"])");
  BOOST_TEST(filled("?q={text:url}", value) == "?q=a%20%22b%22%0A%3Cc%3E%26%C3%A4");
  BOOST_TEST(filled("{text:html}", value) == "a \"b\"\n&lt;c&gt;&amp;ä");
  BOOST_TEST(filled("{text:html:json}", "<!channel>") == "\"&lt;!channel&gt;\"");
}

BOOST_AUTO_TEST_CASE(braces_of_json_stay) {
  const std::string text = R"({"a":{},"b":{"c":[{}]},"d":"{1}","e":"{ text }","f":"{TEXT}"})";
  BOOST_TEST(filled(text, "x") == text);
  BOOST_TEST(filled(R"({"text":{text:json}})", "x") == R"({"text":"x"})");
  BOOST_TEST(filled("{", "x") == "{");
  BOOST_TEST(filled("{text", "x") == "{text");
  BOOST_TEST(filled("{:json}", "x") == "{:json}");
}

BOOST_AUTO_TEST_CASE(on_a_line_no_value_begins_another_one) {
  BOOST_TEST(filled("{device}", "a\r\nBcc: b\x7F", Place::line) == "a  Bcc: b ");
  BOOST_TEST(filled("http://x/{device:url}", "a\r\n/../b", Place::address) == "http://x/a%0D%0A%2F..%2Fb");
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_named) {
  BOOST_TEST(has(refusal("{devise}"), "there is no placeholder {devise}, did you mean {device}?"));
  BOOST_TEST(has(refusal("{text:xml}"), "{text:xml} has the form \"xml\"; there are \"json\", \"url\""));
  BOOST_TEST(has(refusal("{text:}"), "has the form \"\""));
  BOOST_TEST(refusal("{text}", Place::address) == "in an address write {text:url}, not {text}");
  BOOST_TEST(refusal("{secret}/{text:url}", Place::address) == "ok");
}

BOOST_AUTO_TEST_CASE(every_placeholder_of_the_list_is_one) {
  for (const auto name : MessageTemplate::names()) {
    const auto made = MessageTemplate::parse("{" + std::string(name) + "}", Place::body);
    BOOST_REQUIRE(made);
    BOOST_TEST(made->uses(name));
    BOOST_TEST(!made->uses("other"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
