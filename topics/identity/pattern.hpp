// SPDX-License-Identifier: Apache-2.0
// The patterns of device rules: `*` matches any run of characters, `{device}` and `{template}` one or more,
// each as few as will do, from the left; everything else literally, by case; the whole text must match.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace rollcall {

/// What a match took; views into the text that was matched.
struct Captures {
  std::optional<std::string_view> device, template_name;
};

class Pattern {
 public:
  /// Refuses an empty pattern, `{device}` or `{template}` twice in one, and any other `{…}`.
  static Result<Pattern> parse(std::string_view text);

  /// Time is linear in the length of `text` times the length of the longest literal: ids may have 65,535
  /// bytes.
  std::optional<Captures> match(std::string_view text) const;

  /// True if every text of one or more characters matches, whatever it captures: `*`, `{device}`,
  /// `*{device}`.
  bool matches_everything() const;

  /// True only if every text that `narrower` matches is matched here as well; false also where that is hard
  /// to tell.
  bool covers(const Pattern& narrower) const;

  /// Every text that matches begins, or ends, with it. Empty where a wildcard stands there.
  std::string_view literal_begin() const;
  std::string_view literal_end() const;
  /// Every text that matches has each of them somewhere.
  std::vector<std::string_view> literals() const;

  bool captures_device() const;
  bool captures_template() const;
  const std::string& text() const { return text_; }
  bool operator==(const Pattern& other) const { return text_ == other.text_; }

 private:
  enum class Kind { literal, any, device, template_name };
  struct Token {
    Kind kind;
    std::string literal;
  };
  bool has(Kind kind) const;

  std::string text_;
  std::vector<Token> tokens_;  ///< no two `*` and no two literals side by side
};

}  // namespace rollcall
