// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/http/target.hpp"

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

using Segments = std::vector<std::string>;

std::string mistake(std::string_view target) {
  const auto parsed = parse_target(target);
  return parsed ? "none" : parsed.error().message;
}

bool refuses(std::string_view target, std::string_view why) {
  return mistake(target).find(why) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(target)

BOOST_AUTO_TEST_CASE(a_path_is_decoded_segment_by_segment) {
  BOOST_TEST(parse_target("/api/v1/devices/a%2Fb")->segments == (Segments{"api", "v1", "devices", "a/b"}));
  BOOST_TEST(parse_target("/")->segments == Segments{""});
  BOOST_TEST(parse_target("/a//b/")->segments == (Segments{"a", "", "b", ""}));
  BOOST_TEST(parse_target("/%C3%A4+b")->segments == Segments{"ä+b"});
}

BOOST_AUTO_TEST_CASE(a_query_is_decoded_and_each_parameter_is_there_once) {
  const auto parsed = parse_target("/x?a=1%202&b=c+d&e&&f=");
  BOOST_REQUIRE(parsed.has_value());
  BOOST_TEST(parsed->path == "/x");
  BOOST_TEST(parsed->query.size() == 4U);
  BOOST_TEST(parsed->query.at("a") == "1 2");
  BOOST_TEST(parsed->query.at("b") == "c d");
  BOOST_TEST(parsed->query.at("e").empty());
  BOOST_TEST(refuses("/x?a=1&a=2", "the parameter \"a\" is there twice"));
}

BOOST_AUTO_TEST_CASE(what_is_no_target_is_refused_with_its_reason) {
  BOOST_TEST(refuses("", "doesn't begin with /"));
  BOOST_TEST(refuses("*", "doesn't begin with /"));
  BOOST_TEST(refuses("/%", "bad percent-encoding"));
  BOOST_TEST(refuses("/%4", "bad percent-encoding"));
  BOOST_TEST(refuses("/%zz", "bad percent-encoding"));
  BOOST_TEST(refuses("/%FF", "isn't UTF-8"));
  BOOST_TEST(refuses("/%00", "NUL"));
  BOOST_TEST(refuses("/x?a=%00", "NUL"));
  BOOST_TEST(refuses("/a/../b", "a segment \"..\""));
}

BOOST_AUTO_TEST_CASE(every_text_comes_back_from_its_encoding) {
  for (const std::string text : {"plain", "a/b", "..", ".", "ä%2F", "?#[]@!$&'()*+,;=", " \n\x7F"}) {
    BOOST_TEST(*percent_decoded(percent_encoded(text)) == text);
    BOOST_TEST(parse_target("/" + percent_encoded(text))->segments == Segments{text});
  }
  BOOST_TEST(percent_encoded("a b/ä") == "a%20b%2F%C3%A4");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
