// SPDX-License-Identifier: Apache-2.0
// Topics on which devices are sent commands: MQTT filters in which `{device}` is one level, the encoded
// device id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace rollcall {

/// Of all templates together: a set of them is a bit field.
inline constexpr std::size_t kMaxCommandTopics = 64;

class CommandTopic {
 public:
  /// The error says what is wrong with `text`: `{device}` must be one level, once; `+` and `#` stand where
  /// MQTT lets them; it doesn't begin with `$`; at most 1,024 bytes.
  static Result<CommandTopic> parse(std::string_view text);

  const std::string& text() const { return text_; }

  /// The level that is the device's, as a view of `topic`; nothing if the topic isn't one of these. Allocates
  /// nothing, and of most other topics it looks at their beginning.
  std::optional<std::string_view> device_in(std::string_view topic) const;

  /// True if a topic can be one of both.
  bool overlaps(const CommandTopic& other) const { return overlap(levels_, other.levels_); }
  /// Likewise with an MQTT filter.
  bool overlaps_filter(std::string_view filter) const { return overlap(levels_, levels_of(filter)); }

  /// Which level is the device's, from 0.
  std::size_t device_level() const { return device_level_; }

  bool operator==(const CommandTopic& other) const { return text_ == other.text_; }

 private:
  enum class Kind : std::uint8_t { literal, one, device, rest };
  struct Level {
    Kind kind = Kind::literal;
    std::string text;  // of a literal
  };
  static std::vector<Level> levels_of(std::string_view filter);
  static bool overlap(const std::vector<Level>& one, const std::vector<Level>& other);

  std::string text_;
  std::string begin_;  // every topic begins with it: whole levels with their slashes
  std::vector<Level> levels_;
  std::size_t device_level_ = 0;
};

}  // namespace rollcall
