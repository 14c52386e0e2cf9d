// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rollcall {

/// True if `text` is UTF-8 as MQTT 5 section 1.5.4 has it (no surrogates, no overlong forms, no U+0000).
bool is_valid_utf8(std::string_view text);

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  ///< of its encoding; 0: `text` doesn't begin with one
};
/// True for a byte that is the second or a later one of a character's.
constexpr bool is_utf8_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// Returns as much of `text` as fits into `max_bytes` without parting a character.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

/// Returns the code point that `text` begins with (Unicode 15, table 3-7). U+0000 is one here.
CodePoint first_code_point(std::string_view text);

}  // namespace rollcall
