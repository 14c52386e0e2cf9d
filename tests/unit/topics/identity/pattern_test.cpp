// SPDX-License-Identifier: Apache-2.0
#include "topics/identity/pattern.hpp"

#include <array>
#include <random>
#include <string>

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

using Strings = std::vector<std::string>;

Pattern pattern(std::string_view text) { return Pattern::parse(text).value(); }

/// "device=… template=…", "yes" without captures, "no" without a match.
std::string outcome(const std::optional<Captures>& captures) {
  if (!captures) return "no";
  std::string text;
  if (captures->device) text += "device=" + std::string(*captures->device);
  if (captures->template_name) text += " template=" + std::string(*captures->template_name);
  return text.empty() ? "yes" : text;
}

std::string match(std::string_view pattern_text, std::string_view text) {
  return outcome(pattern(pattern_text).match(text));
}

/// The rule as it reads, by trying everything: each wildcard takes the fewest characters that leave a match.
bool matches_slowly(const Strings& tokens, std::size_t token, const Strings& text, std::size_t at,
                    Captures& captures, const std::string& whole, std::size_t byte) {
  if (token == tokens.size()) return at == text.size();
  const auto& name = tokens[token];
  const bool is_device = name == "{device}";
  const bool is_template = name == "{template}";
  if (name != "*" && !is_device && !is_template) {
    return at < text.size() && text[at] == name &&
           matches_slowly(tokens, token + 1, text, at + 1, captures, whole, byte + name.size());
  }
  std::size_t bytes = 0;
  for (std::size_t count = 0; at + count <= text.size(); ++count) {
    if (count > 0) bytes += text[at + count - 1].size();
    if (count == 0 && name != "*") continue;
    if (!matches_slowly(tokens, token + 1, text, at + count, captures, whole, byte + bytes)) continue;
    const auto taken = std::string_view(whole).substr(byte, bytes);
    if (is_device) captures.device = taken;
    if (is_template) captures.template_name = taken;
    return true;
  }
  return false;
}

std::string joined(const Strings& parts) {
  std::string whole;
  for (const auto& part : parts) whole += part;
  return whole;
}

std::string match_slowly(const Strings& tokens, const Strings& text) {
  Captures captures;
  const auto whole = joined(text);
  if (!matches_slowly(tokens, 0, text, 0, captures, whole, 0)) return "no";
  return outcome(captures);
}

class Random {
 public:
  std::size_t below(std::size_t limit) { return engine_() % limit; }

  Strings text(std::size_t most) {
    constexpr std::array<const char*, 3> kCharacters{"a", "b", "\u00FC"};
    Strings characters(below(most + 1));
    for (auto& character : characters) character = kCharacters[below(kCharacters.size())];
    return characters;
  }

  /// Each capture at most once, at least one token.
  Strings pattern_tokens() {
    Strings tokens;
    for (std::size_t left = 1 + below(5); left > 0; --left) {
      constexpr std::array<const char*, 7> kTokens{"a", "b", "\u00FC", "*", "*", "{device}", "{template}"};
      const std::string token = kTokens[below(kTokens.size())];
      const bool is_capture = token.size() > 2;
      if (is_capture && std::find(tokens.begin(), tokens.end(), token) != tokens.end()) continue;
      tokens.push_back(token);
    }
    return tokens;
  }

 private:
  std::mt19937 engine_{20221122};
};

BOOST_AUTO_TEST_SUITE(pattern_suite)

BOOST_AUTO_TEST_CASE(a_literal_matches_the_whole_text_by_case) {
  BOOST_TEST(match("pump", "pump") == "yes");
  BOOST_TEST(match("pump", "Pump") == "no");
  BOOST_TEST(match("pump", "pump-7") == "no");
  BOOST_TEST(match("pump", "a pump") == "no");
}

BOOST_AUTO_TEST_CASE(a_star_takes_any_run_and_a_capture_at_least_one_character) {
  BOOST_TEST(match("sensor-*", "sensor-") == "yes");
  BOOST_TEST(match("sensor-*", "sensor-17") == "yes");
  BOOST_TEST(match("sensor-{device}", "sensor-") == "no");
  BOOST_TEST(match("sensor-{device}", "sensor-17") == "device=17");
  BOOST_TEST(match("*", "") == "yes");
  BOOST_TEST(match("{device}", "") == "no");
}

BOOST_AUTO_TEST_CASE(each_wildcard_takes_as_little_as_will_do_from_the_left) {
  BOOST_TEST(match("{template}:{device}", "pump:a:b") == "device=a:b template=pump");
  BOOST_TEST(match("{template}:{device}", "::b") == "device=b template=:");
  BOOST_TEST(match("{device}*", "abc") == "device=a");
  BOOST_TEST(match("*{device}", "abc") == "device=abc");
  BOOST_TEST(match("{device}{template}", "abc") == "device=a template=bc");
  BOOST_TEST(match("*-{device}", "a-b-c") == "device=b-c");
  BOOST_TEST(match("{device}-x", "a-x-x") == "device=a-x");
}

BOOST_AUTO_TEST_CASE(everything_else_is_literal) {
  BOOST_TEST(match("a.b?[c]{", "a.b?[c]{") == "yes");
  BOOST_TEST(match("a.b", "axb") == "no");
  BOOST_TEST(match("{{device}}", "{x}") == "device=x");
}

BOOST_AUTO_TEST_CASE(two_wildcards_never_share_out_one_character) {
  BOOST_TEST(match("{device}*", "\u00FCber") == "device=\u00FC");
  BOOST_TEST(match("{device}{template}", "\u00FC") == "no");
}

BOOST_AUTO_TEST_CASE(other_words_in_braces_are_refused) {
  for (const auto* const text : {"{devise}", "{}", "{Device}", "a{b}c", "{device}{x}", "{{x}}"})
    BOOST_TEST(!Pattern::parse(text), text);
  BOOST_TEST(match("}{", "}{") == "yes");
}

BOOST_AUTO_TEST_CASE(an_empty_pattern_and_a_capture_twice_are_refused) {
  BOOST_TEST(!Pattern::parse(""));
  BOOST_TEST(!Pattern::parse("{device}-{device}"));
  BOOST_TEST(!Pattern::parse("{template}{device}{template}"));
  BOOST_TEST(Pattern::parse("{template}/{device}/*/*").has_value());
}

BOOST_AUTO_TEST_CASE(a_pattern_knows_what_it_captures) {
  BOOST_TEST(pattern("a{device}").captures_device());
  BOOST_TEST(!pattern("a{device}").captures_template());
  BOOST_TEST(pattern("{template}").captures_template());
  BOOST_TEST(!pattern("*").captures_device());
  BOOST_TEST(pattern("a{device}*").text() == "a{device}*");
}

BOOST_AUTO_TEST_CASE(a_pattern_of_wildcards_that_ask_for_one_character_at_most_matches_everything) {
  for (const auto* const text : {"*", "**", "{device}", "*{device}", "{template}*"}) {
    BOOST_TEST(pattern(text).matches_everything(), text);
  }
  for (const auto* const text : {"{device}{template}", "a*", "*a", "{device}*{template}"}) {
    BOOST_TEST(!pattern(text).matches_everything(), text);
  }
}

BOOST_AUTO_TEST_CASE(matching_agrees_with_trying_everything) {
  Random random;
  std::size_t matches = 0;
  for (int round = 0; round < 60'000; ++round) {
    const auto tokens = random.pattern_tokens();
    const auto text = random.text(7);
    const auto expected = match_slowly(tokens, text);
    matches += expected == "no" ? 0 : 1;
    BOOST_TEST_REQUIRE(match(joined(tokens), joined(text)) == expected, joined(tokens)
                                                                            << " on " << joined(text));
  }
  BOOST_TEST(matches > 6'000U);
}

BOOST_AUTO_TEST_CASE(a_pattern_that_covers_another_matches_all_that_the_other_does) {
  Random random;
  std::size_t covering = 0;
  for (int round = 0; round < 6'000; ++round) {
    const auto wide = pattern(joined(random.pattern_tokens()));
    const auto narrow = pattern(joined(random.pattern_tokens()));
    if (!wide.covers(narrow)) continue;
    ++covering;
    for (int text_round = 0; text_round < 40; ++text_round) {
      const auto text = joined(random.text(6));
      if (!narrow.match(text)) continue;
      BOOST_TEST_REQUIRE(wide.match(text).has_value(),
                         wide.text() << " covers " << narrow.text() << " but not " << text);
    }
  }
  BOOST_TEST(covering > 300U);
}

BOOST_AUTO_TEST_CASE(covering_sees_what_people_write) {
  BOOST_TEST(pattern("sensor-*").covers(pattern("sensor-7")));
  BOOST_TEST(pattern("sensor-*").covers(pattern("sensor-{device}")));
  BOOST_TEST(pattern("*-{device}").covers(pattern("a-*b")));
  BOOST_TEST(!pattern("sensor-{device}").covers(pattern("sensor-*")));
  BOOST_TEST(!pattern("sensor-7").covers(pattern("sensor-*")));
  BOOST_TEST(!pattern("{device}").covers(pattern("*")));
}

BOOST_AUTO_TEST_CASE(the_longest_ids_of_mqtt_end_soon) {
  const std::string id(65'535, 'a');
  BOOST_TEST(match("*a*a*a*a*a*a*a*a*b", id) == "no");
  BOOST_TEST(match("{device}a*a*a{template}a*b", id) == "no");
  BOOST_TEST(match("*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab*", id) == "no");
  BOOST_TEST(pattern("{template}a{device}").match(id)->device->size() == 65'533U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
