// SPDX-License-Identifier: Apache-2.0
// Patterns and device rules beside an implementation that tries everything: the same texts match, and the
// wildcards take the same. Small inputs over few characters, so that much of what there is gets tried.
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "bridge/core/config/config.hpp"
#include "tests/fuzz/oracle.hpp"

using namespace rollcall;
using fuzz::require;

namespace {

constexpr std::array<std::string_view, 9> kPatternPieces{"a", "b",        "\xC3\xA9",   "-", "{",
                                                         "*", "{device}", "{template}", "*"};
constexpr std::array<std::string_view, 6> kCharacters{"a", "b", "\xC3\xA9", "-", "{", "\xF0\x9F\x98\x80"};

using Pieces = std::vector<std::string_view>;

template <std::size_t n>
Pieces take_pieces(FuzzedDataProvider& input, const std::array<std::string_view, n>& from, std::size_t max) {
  Pieces pieces;
  auto left = input.ConsumeIntegralInRange<std::size_t>(0, max);
  for (; left > 0; --left) pieces.push_back(input.PickValueInArray(from));
  return pieces;
}

std::string joined(const Pieces& pieces) {
  std::string text;
  for (const auto piece : pieces) text += piece;
  return text;
}

struct Taken {
  std::optional<std::string> device, template_name;
};

/// Each wildcard takes as few characters as will do, from the left: the first success is the answer.
bool matches(const Pieces& pattern, std::size_t piece, const Pieces& text, std::size_t at, Taken& taken) {
  if (piece == pattern.size()) return at == text.size();
  const auto what = pattern[piece];
  if (!(what == "*" || what == "{device}" || what == "{template}")) {
    return at < text.size() && text[at] == what && matches(pattern, piece + 1, text, at + 1, taken);
  }
  for (std::size_t end = what == "*" ? at : at + 1; end <= text.size(); ++end) {
    if (!matches(pattern, piece + 1, text, end, taken)) continue;
    const auto run = joined(Pieces(text.begin() + static_cast<std::ptrdiff_t>(at),
                                   text.begin() + static_cast<std::ptrdiff_t>(end)));
    if (what == "{device}") taken.device = run;
    if (what == "{template}") taken.template_name = run;
    return true;
  }
  return false;
}

std::optional<Taken> match(const Pieces& pattern, const Pieces& text) {
  Taken taken;
  if (!matches(pattern, 0, text, 0, taken)) return std::nullopt;
  return taken;
}

bool is_same(const std::optional<std::string>& a, const std::optional<std::string_view>& b) {
  return a.has_value() == b.has_value() && (!a || *a == *b);
}

/// Nothing: a pattern that is refused. Whether it should be is checked.
std::optional<Pattern> parse(const Pieces& pieces) {
  const auto is_twice = [&](std::string_view name) {
    return std::count(pieces.begin(), pieces.end(), name) > 1;
  };
  const bool is_bad = pieces.empty() || is_twice("{device}") || is_twice("{template}");
  const auto pattern = Pattern::parse(joined(pieces));
  require(pattern.has_value() != is_bad, "empty patterns and repeated names are refused, and no others",
          joined(pieces));
  if (!pattern) return std::nullopt;
  return *pattern;
}

void check_patterns(FuzzedDataProvider& input) {
  const auto pieces = take_pieces(input, kPatternPieces, 7);
  const auto others = take_pieces(input, kPatternPieces, 5);
  const auto text = take_pieces(input, kCharacters, 10);
  const auto pattern = parse(pieces);
  const auto narrower = parse(others);
  if (!pattern) return;
  const auto id = joined(text);
  const auto shown = joined(pieces) + " | " + joined(others) + " | " + id;
  const auto found = pattern->match(id);
  const auto expected = match(pieces, text);
  require(found.has_value() == expected.has_value(), "the same texts match", shown);
  if (found) {
    require(
        is_same(expected->device, found->device) && is_same(expected->template_name, found->template_name),
        "the wildcards take the same", shown);
  }
  require(found || text.empty() || !pattern->matches_everything(), "matches_everything() is true", shown);
  if (narrower && match(others, text)) {
    require(found || !pattern->covers(*narrower), "what covers() says holds for this text", shown);
  }
}

struct Rule {
  Pieces client_id, username;  // empty: the rule doesn't have it
  bool ignore = false;
  std::optional<std::string> template_name;
};

std::optional<DeviceIdentity> expected_identity(const std::vector<Rule>& rules, const Pieces& client_id,
                                                const Pieces& username) {
  for (const auto& rule : rules) {
    const auto by_client = rule.client_id.empty() ? Taken{} : match(rule.client_id, client_id);
    const auto by_user = rule.username.empty() ? Taken{} : match(rule.username, username);
    if (!by_client || !by_user) continue;
    const auto device = by_client->device ? by_client->device : by_user->device;
    const auto named = by_client->template_name ? by_client->template_name : by_user->template_name;
    if (by_client->device && by_user->device && *by_client->device != *by_user->device) continue;
    if (by_client->template_name && by_user->template_name &&
        *by_client->template_name != *by_user->template_name)
      continue;
    if (named && *named != "default" && *named != "a" && *named != "ab") continue;
    if (rule.ignore) return std::nullopt;
    return DeviceIdentity{device.value_or(joined(client_id)),
                          rule.template_name ? *rule.template_name : named.value_or("default")};
  }
  return std::nullopt;
}

void check_rules(FuzzedDataProvider& input) {
  Config config;
  for (const auto* const name : {"default", "a", "ab"}) {
    config.templates.push_back(default_template());
    config.templates.back().name = name;
  }
  std::vector<Rule> rules;
  auto count = input.ConsumeIntegralInRange<int>(1, 4);
  std::vector<DeviceRule> devices;
  for (; count > 0; --count) {
    Rule rule{take_pieces(input, kPatternPieces, 5),
              take_pieces(input, kPatternPieces, 4),
              input.ConsumeBool(),
              {}};
    if (input.ConsumeBool()) rule.template_name = "ab";
    DeviceRule made;
    if (!rule.client_id.empty() && !(made.client_id = parse(rule.client_id))) return;
    if (!rule.username.empty() && !(made.username = parse(rule.username))) return;
    made.ignore = rule.ignore;
    made.template_name = rule.template_name;
    devices.push_back(made);
    rules.push_back(std::move(rule));
  }
  // So many that they are looked up instead of tried.
  for (int i = 0; i < 20; ++i)
    devices.emplace_back().client_id = Pattern::parse("never#" + std::to_string(i)).value();
  config.devices = std::move(devices);
  const auto client_id = take_pieces(input, kCharacters, 7);
  const auto username = take_pieces(input, kCharacters, 5);
  const auto expected = expected_identity(rules, client_id, username);
  const auto found = identify(config, {joined(client_id), joined(username), "10.0.0.1"});
  require(found.has_value() == expected.has_value(), "the same clients are devices", joined(client_id));
  require(!found || (found->device == expected->device && found->template_name == expected->template_name),
          "they are the same devices", joined(client_id));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  input.ConsumeBool() ? check_rules(input) : check_patterns(input);
  return 0;
}
