// SPDX-License-Identifier: Apache-2.0
// JSON text, written as fast as bytes can be copied: for payloads that are written at each event.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace rollcall {

/// Appends `text` as a JSON string with its quotes. `text` is UTF-8.
void append_json_string(std::string& out, std::string_view text);

inline constexpr std::size_t kMostJsonBytes = 6;  ///< of one byte of a text: \u001f

/// Writes `text` with its quotes to where there is room for kMostJsonBytes for each of its bytes, and 2.
/// Returns the end.
char* write_json_string(char* at, std::string_view text);

/// A string as room to write in, whose memory is used again. What was in it is overwritten.
class JsonRoom {
 public:
  explicit JsonRoom(std::string& out) : out_(out) { out_.resize(std::max(out_.capacity(), kUsualSize)); }

  /// Where to go on, with room for so many bytes.
  char* next(std::size_t bytes) {
    if (out_.size() - size_ < bytes) out_.resize(2 * (out_.size() + bytes));
    return out_.data() + size_;
  }
  /// So far it has been written by now.
  void end(const char* at) { size_ = static_cast<std::size_t>(at - out_.data()); }
  /// Nothing comes any more: the string is what was written.
  void close() { out_.resize(size_); }

 private:
  static constexpr std::size_t kUsualSize = 512;
  std::string& out_;
  std::size_t size_ = 0;
};

inline void write_character(JsonRoom& out, char character) {
  char* at = out.next(1);
  *at++ = character;
  out.end(at);
}

/// Writes one JSON object, field after field. Keys that are literals need no escaping; others are names of
/// people's own. Room is asked for once a field: a status is written at each event, and asking for each byte
/// would take most of the time of that.
class JsonObjectWriter {
 public:
  explicit JsonObjectWriter(JsonRoom& out) : out_(out) {}
  void close() {
    char* at = out_.next(2);
    if (is_first_) *at++ = '{';
    *at++ = '}';
    out_.end(at);
  }

  /// The value is written by somebody else.
  template <typename Name>
  JsonRoom& key(const Name& name) {
    out_.end(begin(name, 0));
    return out_;
  }
  template <typename Name>
  void string(const Name& name, std::string_view value) {
    out_.end(write_json_string(begin(name, kMostJsonBytes * value.size() + 2), value));
  }
  template <typename Name>
  void string_or_null(const Name& name, std::string_view value) {
    value.empty() ? null(name) : string(name, value);
  }
  template <typename Name>
  void null(const Name& name) {
    literal(name, "null");
  }
  template <typename Name>
  void boolean(const Name& name, bool value) {
    value ? literal(name, "true") : literal(name, "false");
  }
  template <typename Name>
  void boolean_or_null(const Name& name, std::optional<bool> value) {
    value ? boolean(name, *value) : null(name);
  }
  template <typename Name>
  void number(const Name& name, std::uint64_t value) {
    char* const at = begin(name, kMostDigits);
    out_.end(std::to_chars(at, at + kMostDigits, value).ptr);
  }
  template <typename Name>
  void time(const Name& name, Time value) {
    char* at = begin(name, kRfc3339Size + 2);
    *at++ = '"';
    at = write_rfc3339(at, value);
    *at++ = '"';
    out_.end(at);
  }
  template <typename Name>
  void time_or_null(const Name& name, const std::optional<Time>& value) {
    value ? time(name, *value) : null(name);
  }

 private:
  static constexpr std::size_t kMostDigits = 20;

  /// Copies of a size that the compiler knows take it no call.
  template <std::size_t N>
  static char* copy(char* at, const char (&text)[N]) {
    std::memcpy(at, text, N - 1);
    return at + N - 1;
  }

  template <std::size_t N>
  static constexpr std::size_t room_for(const char (&)[N]) {
    return N + 1;
  }
  static std::size_t room_for(std::string_view name) { return kMostJsonBytes * name.size() + 2; }

  template <std::size_t N>
  static char* quoted(char* at, const char (&name)[N]) {
    *at++ = '"';
    at = copy(at, name);
    *at++ = '"';
    return at;
  }
  static char* quoted(char* at, std::string_view name) { return write_json_string(at, name); }

  template <typename Name>
  char* begin(const Name& name, std::size_t value_bytes) {
    char* at = out_.next(room_for(name) + 2 + value_bytes);
    *at++ = is_first_ ? '{' : ',';
    is_first_ = false;
    at = quoted(at, name);
    *at++ = ':';
    return at;
  }
  template <typename Name, std::size_t N>
  void literal(const Name& name, const char (&value)[N]) {
    out_.end(copy(begin(name, N), value));
  }

  JsonRoom& out_;
  bool is_first_ = true;
};

/// What `write` writes as an object.
template <typename Write>
std::string object_of(const Write& write) {
  std::string out;
  JsonRoom room(out);
  JsonObjectWriter object(room);
  write(object);
  object.close();
  room.close();
  return out;
}

}  // namespace rollcall
