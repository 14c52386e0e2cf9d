// SPDX-License-Identifier: Apache-2.0
// JSON text → a tree in which every value and key knows its line and column, so that what is wrong with it
// can be said by place. Knows nothing of what the values mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace rollcall {

/// Both count from 1; columns count characters, not bytes.
struct JsonPlace {
  std::size_t line = 1, column = 1;
};

struct JsonMember;

/// One value. Only what belongs to its kind is filled in.
struct JsonNode {
  enum class Kind : std::uint8_t { null, boolean, integer, fraction, string, array, object };

  Kind kind = Kind::null;
  JsonPlace place;  ///< of its first character
  bool boolean = false;
  std::int64_t integer = 0;  ///< one beyond 64 bits is clamped
  std::string text;
  std::vector<JsonNode> items;
  std::vector<JsonMember> members;  ///< in the order of the file, duplicates included
};

struct JsonMember {
  std::string key;
  JsonPlace place;  ///< of the key
  JsonNode value;
};

/// JSON of RFC 8259 and comments; UTF-8 without a byte order mark; nested at most 64 deep.
/// An error reads "<file_name>:<line>:<column>: …", on one line.
Result<JsonNode> parse_json(std::string_view text, const std::string& file_name);

}  // namespace rollcall
