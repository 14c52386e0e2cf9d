// SPDX-License-Identifier: Apache-2.0
// What is known of each key of rollcall.json: one table for the parser and for the reference. The parser
// takes from it which keys there are, their types, limits, names and defaults; docs/configuration.md is made
// from it (config_reference.hpp). The tables are in config_tables.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace rollcall {

inline constexpr std::int64_t kMaxNameBytes = 64;
inline constexpr std::int64_t kMaxTextBytes = 256;
inline constexpr std::int64_t kMaxMessageBytes = 4096;
inline constexpr std::int64_t kMaxBodyBytes = 16'384;
inline constexpr std::int64_t kMaxPathBytes = 4096;
inline constexpr std::int64_t kMaxMqttTextBytes = 65535;  // MQTT 5 section 1.5.4
inline constexpr std::int64_t kMaxCount = 1'000'000;

struct ConfigKey {
  enum class Type : std::uint8_t {
    boolean,
    whole_number,  ///< from `least` to `most`
    duration,
    text,       ///< not empty, no control characters, at most `most` bytes
    long_text,  ///< the same where an empty one and lines make sense
    one_of,     ///< of `names`
    object,     ///< with a table of its own, or free keys
    array,
    other  ///< several of these
  };
  using Names = std::vector<std::string_view> (*)();

  std::string_view name{};
  Type type = Type::other;
  std::int64_t least = 0, most = 0;
  Names names = nullptr;
  std::string_view type_text{};     ///< for people, Markdown; empty: what `type` says
  bool is_required = false;         ///< a file without it is refused
  std::string_view fallback{};      ///< JSON that is read where the key isn't there; empty: nothing is
  std::string_view default_text{};  ///< for people, Markdown; empty: what `fallback` and `is_required` say
  bool is_later = false;            ///< checked, but without effect in this version
  std::string_view meaning{};       ///< Markdown
};

/// An object of the file.
struct ConfigSection {
  std::string_view path;  ///< "templates.NAME.statuses[]"; empty: the whole file
  std::span<const ConfigKey> keys;
};

/// A key of this section. Naming one that isn't in the table is an error of the compiler's.
template <const ConfigSection& section>
struct ConfigKeyOf {
  /// Implicit, so that a reader is written as {"name", ...}.
  consteval ConfigKeyOf(const char* name) : index(0) {
    while (section.keys[index].name != name) ++index;
  }
  std::size_t index;
};

// For ConfigKey::names.
std::vector<std::string_view> on_conflict_names();
std::vector<std::string_view> retained_names();
std::vector<std::string_view> interaction_names();
std::vector<std::string_view> disable_names();
std::vector<std::string_view> commands_names();
std::vector<std::string_view> counts_as_names();
std::vector<std::string_view> cause_names();
std::vector<std::string_view> dialect_names();
std::vector<std::string_view> method_names();

}  // namespace rollcall
