// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share: how they say that something is wrong, and text that is UTF-8 whatever the
// fuzzer feeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fuzzer/FuzzedDataProvider.h>

namespace rollcall::fuzz {

/// Ends the run as a finding unless `holds`; `what` says what should have been.
inline void require(bool holds, std::string_view what, std::string_view shown = {}) {
  if (holds) return;
  std::fprintf(stderr, "ORACLE: %.*s\n", static_cast<int>(what.size()), what.data());
  if (!shown.empty()) std::fprintf(stderr, "  %.*s\n", static_cast<int>(shown.size()), shown.data());
  std::abort();
}

inline std::string_view view_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  const auto continuation = [&](unsigned shift) { byte(0x80U | ((code_point >> shift) & 0x3FU)); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xC0U | (code_point >> 6U));
    continuation(0);
  } else if (code_point < 0x10000) {
    byte(0xE0U | (code_point >> 12U));
    continuation(6);
    continuation(0);
  } else {
    byte(0xF0U | (code_point >> 18U));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

/// At most `max_characters`, U+0000 included: a byte below 0x80 is that character, one above begins any
/// other.
inline std::string take_utf8(FuzzedDataProvider& input, std::size_t max_characters) {
  constexpr std::uint32_t kLast = 0x10FFFF;
  std::string text;
  auto left = input.ConsumeIntegralInRange<std::size_t>(0, max_characters);
  for (; left > 0 && input.remaining_bytes() > 0; --left) {
    std::uint32_t code_point = input.ConsumeIntegral<std::uint8_t>();
    if (code_point >= 0x80) code_point = input.ConsumeIntegralInRange<std::uint32_t>(0x80, kLast);
    const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    append_utf8(text, is_surrogate ? 0xFFFD : code_point);
  }
  return text;
}

}  // namespace rollcall::fuzz
