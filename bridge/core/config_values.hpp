// SPDX-License-Identifier: Apache-2.0
// A value of rollcall.json on its way to a typed one: it knows its path and place, says what is wrong with
// itself, and keeps the first such problem only. Part of the parser (config_parser.hpp); one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/json_locations.hpp"
#include "topics/result.hpp"
#include "topics/time.hpp"

namespace rollcall {

/// The first problem of a file, as "file:line:column: path: what".
class FirstError {
 public:
  explicit FirstError(std::string file_name) : file_name_(std::move(file_name)) {}

  void set(const JsonPlace& place, std::string_view path, std::string_view what);
  bool is_set() const { return error_.has_value(); }
  const Error& error() const { return *error_; }

 private:
  std::string file_name_;
  std::optional<Error> error_;
};

class ConfigValue;

/// A key that an object may have.
struct KnownKey {
  std::string_view name;
  std::function<void(const ConfigValue&)> read;
  bool required = false;
};

/// What can't be read leaves its problem in FirstError and gives nothing (or what is empty). Copies are cheap
/// enough to keep for later; the tree and FirstError must outlive them.
class ConfigValue {
 public:
  ConfigValue(const JsonNode& node, std::string path, FirstError& first_error)
      : node_(&node), path_(std::move(path)), first_error_(&first_error) {}

  const std::string& path() const { return path_; }  ///< "templates.sleeper.statuses[1].after"
  std::size_t line() const { return node_->place.line; }
  bool is_null() const { return node_->kind == JsonNode::Kind::null; }
  bool is_string(std::string_view text) const {
    return node_->kind == JsonNode::Kind::string && node_->text == text;
  }

  void refuse(std::string_view what) const;

  std::optional<bool> boolean() const;
  std::optional<std::int64_t> whole_number(std::int64_t least, std::int64_t most) const;
  /// Not empty, no control characters, at most `max_bytes`.
  std::optional<std::string> text(std::size_t max_bytes) const;
  /// The same where an empty one and lines make sense.
  std::optional<std::string> long_text(std::size_t max_bytes) const;
  std::optional<Millis> duration() const;
  /// The index of the name that it is; the problem lists the names.
  std::optional<std::size_t> one_of(const std::vector<std::string_view>& names) const;

  std::vector<ConfigValue> items() const;

  struct Member;
  /// Of an object whose keys are free; refuses a key that is there twice.
  std::vector<Member> members() const;

  /// Of an object whose keys are known: calls `read` of each that is there, in the order of the file. Refuses
  /// unknown and duplicate keys, then missing ones.
  void read_object(std::initializer_list<KnownKey> keys) const;

 private:
  bool is(JsonNode::Kind kind, std::string_view what_it_must_be) const;

  const JsonNode* node_;
  std::string path_;
  FirstError* first_error_;
};

struct ConfigValue::Member {
  std::string name;
  JsonPlace place;  ///< of the key
  ConfigValue value;
};

template <typename T>
void assign(T& to, std::optional<T> from) {
  if (from) to = std::move(*from);
}

template <typename T>
void assign(std::optional<T>& to, std::optional<T> from) {
  if (from) to = std::move(from);
}

}  // namespace rollcall
