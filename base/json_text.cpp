// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.hpp"

#include <array>

namespace rollcall {
namespace {

/// By byte: it stands for itself in a JSON string.
constexpr auto kIsPlain = [] {
  std::array<bool, 256> is_plain{};
  for (std::size_t byte = 0x20; byte < is_plain.size(); ++byte) is_plain[byte] = byte != '"' && byte != '\\';
  return is_plain;
}();

}  // namespace

char* write_json_string(char* at, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  *at++ = '"';
  std::size_t plain = 0;  // from there on up to `i` nothing is escaped
  const auto copy_plain = [&](std::size_t end) {
    std::memcpy(at, text.data() + plain, end - plain);
    at += end - plain;
    plain = end + 1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (kIsPlain[byte]) continue;
    copy_plain(i);
    *at++ = '\\';
    if (byte < 0x20) {
      for (const char each : {'u', '0', '0', kHex[byte >> 4U], kHex[byte & 0xFU]}) *at++ = each;
    } else {
      *at++ = text[i];
    }
  }
  if (!text.empty()) copy_plain(text.size());
  *at++ = '"';
  return at;
}

void append_json_string(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out.resize(before + kMostJsonBytes * text.size() + 2);
  out.resize(static_cast<std::size_t>(write_json_string(out.data() + before, text) - out.data()));
}

}  // namespace rollcall
