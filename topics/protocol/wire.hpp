// SPDX-License-Identifier: Apache-2.0
// The bytes of our own messages (docs/protocol.md): little-endian integers, strings behind their 16 or 32 bit
// length.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace rollcall {

/// Appends to a string that it doesn't own.
class WireWriter {
 public:
  explicit WireWriter(std::string& out) : out_(out) {}

  template <typename Unsigned>
  void number(Unsigned value) {
    static_assert(std::is_unsigned_v<Unsigned>);
    for (std::size_t i = 0; i < sizeof(value); ++i) out_ += static_cast<char>((value >> (8 * i)) & 0xFFU);
  }
  void boolean(bool value) { number<std::uint8_t>(value ? 1 : 0); }
  /// At most 65,535 bytes; what is longer is cut, so callers see to it that nothing is.
  void short_string(std::string_view text) {
    text = text.substr(0, std::numeric_limits<std::uint16_t>::max());
    number(static_cast<std::uint16_t>(text.size()));
    out_ += text;
  }
  void long_string(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    out_ += text;
  }

 private:
  std::string& out_;
};

/// Reads views into the bytes that it was given. After the first thing that isn't there, is_good() is false
/// and everything read is zero or empty, so a decoder reads on and asks once, at the end.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  template <typename Unsigned>
  Unsigned number() {
    static_assert(std::is_unsigned_v<Unsigned>);
    const auto bytes = take(sizeof(Unsigned));
    Unsigned value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      value = static_cast<Unsigned>(
          value |
          static_cast<Unsigned>(static_cast<Unsigned>(static_cast<std::uint8_t>(bytes[i])) << (8 * i)));
    }
    return value;
  }
  bool boolean() {
    const auto value = number<std::uint8_t>();
    if (value > 1) is_good_ = false;
    return value == 1;
  }
  std::string_view short_string() { return take(number<std::uint16_t>()); }
  std::string_view long_string() { return take(number<std::uint32_t>()); }

  bool is_good() const { return is_good_; }
  bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view take(std::size_t count) {
    if (!is_good_ || count > rest_.size()) {
      is_good_ = false;
      return {};
    }
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
  bool is_good_ = true;
};

}  // namespace rollcall
