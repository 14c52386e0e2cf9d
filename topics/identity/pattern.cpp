// SPDX-License-Identifier: Apache-2.0
#include "topics/identity/pattern.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.hpp"

namespace rollcall {
namespace {

// Stands for what a wildcard of the narrower pattern took, see covers().
constexpr char kAnyText = '\x01';
constexpr std::size_t kMaxVariantStars = 4;

// Two wildcards side by side must not share out the bytes of one character.
std::size_t character_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && is_utf8_continuation(text[length])) ++length;
  return length;
}

}  // namespace

Result<Pattern> Pattern::parse(std::string_view text) {
  if (text.empty()) return fail("is an empty pattern, which matches nothing; \"*\" matches everything");
  constexpr std::array<std::pair<std::string_view, Kind>, 3> kWildcards{
      {{"*", Kind::any}, {"{device}", Kind::device}, {"{template}", Kind::template_name}}};
  Pattern pattern;
  pattern.text_ = text;
  auto& tokens = pattern.tokens_;
  while (!text.empty()) {
    const auto* const wildcard = std::find_if(kWildcards.begin(), kWildcards.end(),
                                              [&](const auto& each) { return text.starts_with(each.first); });
    if (wildcard == kWildcards.end()) {
      if (text.front() == '{') {
        // Of {{device}} the outer ones stand for themselves, as around GUIDs.
        const auto brace = text.find_first_of("{}", 1);
        if (brace != std::string_view::npos && text[brace] == '}')
          return fail("has a {…} that is neither {device} nor {template}");
      }
      if (tokens.empty() || tokens.back().kind != Kind::literal) tokens.push_back({Kind::literal, {}});
      tokens.back().literal += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto [name, kind] = *wildcard;
    if (kind != Kind::any && pattern.has(kind)) {
      return fail("has " + std::string(name) + " twice; a pattern takes it once");
    }
    const bool is_repeated_star = kind == Kind::any && !tokens.empty() && tokens.back().kind == Kind::any;
    if (!is_repeated_star) tokens.push_back({kind, {}});
    text.remove_prefix(name.size());
  }
  return pattern;
}

// Only the last wildcard is ever made longer: an earlier one that takes more leaves less to those after it,
// so it can't turn a failure into a match.
std::optional<Captures> Pattern::match(std::string_view text) const {
  struct Taken {
    std::size_t begin = 0, end = 0;
  };
  std::array<Taken, 4> taken;  // by kind
  Taken* last = nullptr;
  std::size_t after_last = 0;
  std::size_t token = 0;
  std::size_t at = 0;
  for (;;) {
    if (token == tokens_.size() && at == text.size()) break;
    if (token < tokens_.size() && tokens_[token].kind != Kind::literal) {
      const auto kind = tokens_[token].kind;
      last = &taken[static_cast<std::size_t>(kind)];
      last->begin = at;
      if (kind != Kind::any) {
        if (at == text.size()) return std::nullopt;
        at += character_length(text.substr(at));
      }
      last->end = at;
      after_last = ++token;
      continue;
    }
    if (token < tokens_.size() && text.substr(at).starts_with(tokens_[token].literal)) {
      at += tokens_[token++].literal.size();
      continue;
    }
    if (last == nullptr || last->end == text.size()) return std::nullopt;
    // Behind the last wildcard stands a literal, or nothing.
    last->end =
        after_last == tokens_.size() ? text.size() : text.find(tokens_[after_last].literal, last->end + 1);
    if (last->end == std::string_view::npos) return std::nullopt;
    at = last->end;
    token = after_last;
  }
  const auto capture = [&](Kind kind) -> std::optional<std::string_view> {
    if (!has(kind)) return std::nullopt;
    const auto [begin, end] = taken[static_cast<std::size_t>(kind)];
    return text.substr(begin, end - begin);
  };
  return Captures{capture(Kind::device), capture(Kind::template_name)};
}

bool Pattern::matches_everything() const {
  const auto is = [](Kind kind) { return [kind](const Token& token) { return token.kind == kind; }; };
  return std::none_of(tokens_.begin(), tokens_.end(), is(Kind::literal)) &&
         !(captures_device() && captures_template());
}

// What a wildcard of `narrower` took is put in as one foreign character: where a wildcard of ours takes that,
// it takes any text in its place. Only an empty run of `*` is another matter, and is tried as such.
bool Pattern::covers(const Pattern& narrower) const {
  if (text_.find(kAnyText) != std::string::npos || narrower.text_.find(kAnyText) != std::string::npos)
    return false;
  const auto stars =
      static_cast<std::size_t>(std::count_if(narrower.tokens_.begin(), narrower.tokens_.end(),
                                             [](const Token& token) { return token.kind == Kind::any; }));
  if (stars > kMaxVariantStars) return text_ == narrower.text_;
  for (std::size_t filled = 0; filled < (std::size_t{1} << stars); ++filled) {
    std::string variant;
    std::size_t star = 0;
    for (const auto& token : narrower.tokens_) {
      if (token.kind == Kind::literal) {
        variant += token.literal;
      } else if (token.kind != Kind::any || ((filled >> star++) & 1U) != 0) {
        variant += kAnyText;
      }
    }
    if (!match(variant)) return false;
  }
  return true;
}

std::string_view Pattern::literal_begin() const {
  const auto& first = tokens_.front();
  return first.kind == Kind::literal ? std::string_view(first.literal) : std::string_view();
}

std::string_view Pattern::literal_end() const {
  const auto& last = tokens_.back();
  return last.kind == Kind::literal ? std::string_view(last.literal) : std::string_view();
}

std::vector<std::string_view> Pattern::literals() const {
  std::vector<std::string_view> found;
  for (const auto& token : tokens_) {
    if (token.kind == Kind::literal) found.push_back(token.literal);
  }
  return found;
}

bool Pattern::captures_device() const { return has(Kind::device); }

bool Pattern::captures_template() const { return has(Kind::template_name); }

bool Pattern::has(Kind kind) const {
  return std::any_of(tokens_.begin(), tokens_.end(),
                     [kind](const Token& token) { return token.kind == kind; });
}

}  // namespace rollcall
