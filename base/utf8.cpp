// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace rollcall {
namespace {

constexpr bool is_in(unsigned value, unsigned low, unsigned high) { return value >= low && value <= high; }

/// The length of the UTF-8 sequence at the beginning of `text`, 0 if there is none (Unicode 15, table 3-7).
std::size_t utf8_sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U; };
  const unsigned first = byte(0);
  const auto continues = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i <= to; ++i) {
      if (!is_in(byte(i), 0x80, 0xBF)) return false;
    }
    return true;
  };
  if (first <= 0x7F) return first == 0 ? 0 : 1;
  if (is_in(first, 0xC2, 0xDF)) return continues(1, 1) ? 2 : 0;
  if (first == 0xE0) return is_in(byte(1), 0xA0, 0xBF) && continues(2, 2) ? 3 : 0;
  if (first == 0xED) return is_in(byte(1), 0x80, 0x9F) && continues(2, 2) ? 3 : 0;
  if (is_in(first, 0xE1, 0xEF)) return continues(1, 2) ? 3 : 0;
  if (first == 0xF0) return is_in(byte(1), 0x90, 0xBF) && continues(2, 3) ? 4 : 0;
  if (is_in(first, 0xF1, 0xF3)) return continues(1, 3) ? 4 : 0;
  if (first == 0xF4) return is_in(byte(1), 0x80, 0x8F) && continues(2, 3) ? 4 : 0;
  return 0;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && is_utf8_continuation(text[max_bytes])) --max_bytes;
  return text.substr(0, max_bytes);
}

CodePoint first_code_point(std::string_view text) {
  if (!text.empty() && text.front() == '\0') return {0, 1};
  const auto length = utf8_sequence_length(text);
  if (length == 0) return {};
  constexpr std::uint32_t kBitsOfFirst[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t value = static_cast<std::uint8_t>(text.front()) & kBitsOfFirst[length];
  for (std::size_t i = 1; i < length; ++i) value = value << 6U | (static_cast<std::uint8_t>(text[i]) & 0x3FU);
  return {value, length};
}

}  // namespace rollcall
