// SPDX-License-Identifier: Apache-2.0
// A value of rollcall.json on its way to a typed one: it knows its path and place, says what is wrong with
// itself, and keeps the first such problem only. What it may be stands in the table of keys
// (config_keys.hpp). Part of the parser (config_parser.hpp); one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "bridge/core/config/config_tables.hpp"
#include "bridge/core/config/json_locations.hpp"

namespace rollcall {

/// What reading a file has found: the first problem, as "file:line:column: path: what", and keys without
/// effect.
class ConfigFindings {
 public:
  explicit ConfigFindings(std::string file_name) : file_name_(std::move(file_name)) {}

  void set(const JsonPlace& place, std::string_view path, std::string_view what);
  bool is_set() const { return error_.has_value(); }
  const Error& error() const { return *error_; }

  std::string at(const JsonPlace& place, std::string_view path) const;  ///< "file:line:column: path"

  std::vector<std::string> not_yet_used;  ///< Config::not_yet_used
  std::vector<std::string> warnings;      ///< Config::warnings

 private:
  std::string file_name_;
  std::optional<Error> error_;
};

class ConfigValue;

/// What takes a value into the configuration.
using ReadConfigValue = std::function<void(const ConfigValue&)>;

/// A key of an object and its reader.
template <const ConfigSection& section>
struct ConfigReader {
  ConfigKeyOf<section> key;
  ReadConfigValue read;
};

/// The defaults of a section as values; nothing where a key has none.
std::vector<std::optional<JsonNode>> fallbacks_of(const ConfigSection& section);

/// What can't be read leaves its problem in ConfigFindings and gives nothing (or what is empty). Copies are
/// cheap enough to keep for later; the tree and ConfigFindings must outlive them.
class ConfigValue {
 public:
  ConfigValue(const JsonNode& node, std::string path, ConfigFindings& findings)
      : node_(&node), path_(std::move(path)), findings_(&findings) {}

  const std::string& path() const { return path_; }  ///< "templates.sleeper.statuses[1].after"
  std::size_t line() const { return node_->place.line; }
  bool is_fallback() const { return is_fallback_; }  ///< not of the file, but the key's default
  bool is_null() const { return node_->kind == JsonNode::Kind::null; }
  bool is_object() const { return node_->kind == JsonNode::Kind::object; }
  bool is_string(std::string_view text) const {
    return node_->kind == JsonNode::Kind::string && node_->text == text;
  }

  void refuse(std::string_view what) const;
  /// What is allowed, but hardly meant.
  void warn(std::string_view what) const;
  std::string place() const { return findings_->at(node_->place, path_); }

  // Of a known key: what its row in the table says. Asking for another type than that throws
  // std::logic_error.
  std::optional<bool> boolean() const;
  std::optional<std::int64_t> whole_number() const;
  std::optional<std::string> text() const;
  std::optional<std::string> long_text() const;
  std::optional<Millis> duration() const;
  std::optional<std::size_t> one_of() const;  ///< the index in names()
  std::vector<std::string_view> names() const;

  // Of an item of an array, which has no row.
  /// Not empty, no control characters, at most `max_bytes`.
  std::optional<std::string> text(std::int64_t max_bytes) const;
  /// The index of the name that it is; the problem lists the names.
  std::optional<std::size_t> one_of(const std::vector<std::string_view>& names) const;

  std::vector<ConfigValue> items() const;

  struct Member;
  /// Of an object whose keys are free; refuses a key that is there twice.
  std::vector<Member> members() const;

  /// Of an object whose keys are in a table: calls the reader of each that is there, in the order of the
  /// file, then those of absent ones that have a default. Refuses unknown and duplicate keys, then missing
  /// ones. Every key of the table needs its reader, or it doesn't compile.
  template <const ConfigSection& section, std::size_t count>
  void read_object(const ConfigReader<section> (&readers)[count]) const {
    static_assert(count == section.keys.size(), "each key of the table needs one reader");
    static_assert(is_in_reference(section), "the table must be in the reference");
    static const auto fallbacks = fallbacks_of(section);
    std::vector<const ReadConfigValue*> in_order(count);
    for (const auto& reader : readers) in_order[reader.key.index] = &reader.read;
    read_known(section, in_order, fallbacks);
  }

 private:
  void read_known(const ConfigSection& section, const std::vector<const ReadConfigValue*>& readers,
                  const std::vector<std::optional<JsonNode>>& fallbacks) const;
  const ConfigKey& key_of_type(ConfigKey::Type type) const;
  std::optional<std::string> any_text(std::int64_t max_bytes) const;
  bool is(JsonNode::Kind kind, std::string_view what_it_must_be) const;

  const JsonNode* node_;
  std::string path_;
  ConfigFindings* findings_;
  const ConfigKey* key_ = nullptr;
  bool is_fallback_ = false;
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
