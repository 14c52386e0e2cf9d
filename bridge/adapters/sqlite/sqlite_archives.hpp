// SPDX-License-Identifier: Apache-2.0
// Three ways to go through a record's list of fields (sqlite_fields.hpp): to name the columns of its table,
// to write it into a statement's parameters, and to read it out of a statement's row. Internal to the store.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/adapters/sqlite/sqlite_columns.hpp"
#include "bridge/adapters/sqlite/sqlite_connections.hpp"
#include "bridge/adapters/sqlite/sqlite_declared.hpp"
#include "bridge/core/lifecycle/records.hpp"

namespace rollcall {

inline constexpr std::array<std::string_view, 4> kWaitKinds{"first", "next", "late",
                                                            "forget"};  // by WaitKind

/// The names, in the order of the list.
class FieldNames {
 public:
  static constexpr bool kIsReading = false;

  template <typename T>
  void field(std::string_view name, const T& /*value*/) {
    names.push_back(name);
  }
  template <typename T>
  void text(std::string_view name, const T& value) {
    field(name, value);
  }
  template <typename T>
  void bits(std::string_view name, const T& value) {
    field(name, value);
  }
  template <typename T>
  void json(std::string_view name, const T& value) {
    field(name, value);
  }
  template <typename T>
  void row_time(std::string_view name, const T& value) {
    field(name, value);
  }
  template <std::size_t kColumns, typename T, typename List>
  void group(const std::optional<T>& /*value*/, const List& list) {
    const T some{};
    list(*this, some);
  }

  std::vector<std::string_view> names;
};

/// What it writes must be there, and this too, until the statement has run.
class FieldWriter {
 public:
  static constexpr bool kIsReading = false;

  FieldWriter(Statement& statement, Millis row_clock) : out_(statement), row_clock_(row_clock) {}

  /// NULL where it is empty; text() isn't.
  void field(std::string_view /*name*/, const std::string& value) { out_.text_or_null(value); }
  void text(std::string_view /*name*/, const std::string& value) { out_.text(value); }
  void field(std::string_view /*name*/, bool value) { out_.boolean(value); }
  void field(std::string_view /*name*/, std::uint64_t value) { out_.count(value); }
  void bits(std::string_view /*name*/, std::uint64_t value) { out_.bits(value); }
  void field(std::string_view /*name*/, Time value) { out_.time(value); }
  void field(std::string_view /*name*/, std::optional<Time> value) { out_.time_or_null(value); }
  void field(std::string_view /*name*/, Millis value) { out_.duration(value); }
  void field(std::string_view /*name*/, std::optional<Millis> value) {
    value ? out_.number(value->count()) : out_.null();
  }
  void field(std::string_view /*name*/, std::optional<bool> value) {
    value ? out_.boolean(*value) : out_.null();
  }
  void field(std::string_view /*name*/, std::optional<Cause> value) {
    out_.text_or_null(value ? to_string(*value) : std::string_view());
  }
  void field(std::string_view /*name*/, WaitKind value) {
    out_.text(kWaitKinds.at(static_cast<std::size_t>(value)));
  }
  /// A step of the wall clock moves all rows, and changes one number.
  void row_time(std::string_view /*name*/, Time value) {
    out_.number((value - row_clock_).time_since_epoch().count());
  }
  void row_time(std::string_view name, std::optional<Time> value) {
    value ? row_time(name, *value) : out_.null();
  }
  template <typename T>
  void json(std::string_view /*name*/, const std::vector<T>& value) {
    value.empty() ? out_.null() : out_.text(texts_.at(used_++) = to_json(value));
  }
  template <typename T>
  void json(std::string_view /*name*/, const std::optional<T>& value) {
    value ? out_.text(texts_.at(used_++) = to_json(*value)) : out_.null();
  }
  template <std::size_t kColumns, typename T, typename List>
  void group(const std::optional<T>& value, const List& list) {
    if (value) return list(*this, *value);
    for (std::size_t i = 0; i < kColumns; ++i) out_.null();
  }

 private:
  Parameters out_;
  const Millis row_clock_;
  std::array<std::string, 6> texts_;  // of JSON; they stay where they are
  std::size_t used_ = 0;
};

/// Into records that are as they were made. What can't be is refused.
class FieldReader {
 public:
  static constexpr bool kIsReading = true;

  FieldReader(const Statement& statement, const char* table) : in_(statement, table) {}

  void field(std::string_view /*name*/, std::string& to) { to = in_.view(); }
  void text(std::string_view name, std::string& to) { field(name, to); }
  void field(std::string_view /*name*/, bool& to) { to = in_.boolean(); }
  void field(std::string_view /*name*/, std::uint64_t& to) { to = in_.count(); }
  void bits(std::string_view /*name*/, std::uint64_t& to) { to = in_.bits(); }
  void field(std::string_view /*name*/, Time& to) { to = in_.time(); }
  void field(std::string_view /*name*/, std::optional<Time>& to) { to = in_.time_or_null(); }
  void field(std::string_view /*name*/, Millis& to) { to = in_.duration(); }
  void field(std::string_view /*name*/, std::optional<Millis>& to) {
    in_.is_null() ? in_.skip(1) : void(to = Millis{in_.number()});
  }
  void field(std::string_view /*name*/, std::optional<bool>& to) {
    in_.is_null() ? in_.skip(1) : void(to = in_.boolean());
  }
  void field(std::string_view /*name*/, std::optional<Cause>& to) {
    const auto name = in_.view();
    if (name.empty()) return;
    to = cause_from_string(name);
    if (!to) in_.refuse("is \"" + std::string(name) + "\", which is no cause");
  }
  void field(std::string_view /*name*/, WaitKind& to) {
    const auto kind = in_.view();
    const auto* const found = std::find(kWaitKinds.begin(), kWaitKinds.end(), kind);
    if (found == kWaitKinds.end()) in_.refuse("is \"" + std::string(kind) + "\", which is no kind of wait");
    to = static_cast<WaitKind>(found - kWaitKinds.begin());
  }
  /// The statement has it by the clock of now.
  void row_time(std::string_view name, Time& to) { field(name, to); }
  template <typename T>
  void json(std::string_view /*name*/, T& to) {
    const auto text = in_.view();
    if (text.empty()) return;
    auto value = from_json(text, to);
    if (!value) in_.refuse(value.error().message);
    to = std::move(*value);
  }
  template <std::size_t kColumns, typename T, typename List>
  void group(std::optional<T>& to, const List& list) {
    in_.is_null() ? in_.skip(kColumns) : list(*this, to.emplace());
  }
  [[noreturn]] void refuse(const std::string& words) const { in_.refuse(words); }

 private:
  // By what it is read into.
  static auto from_json(std::string_view text, const std::vector<ConnectionRecord>& /*to*/) {
    return connections_from_json(text);
  }
  static auto from_json(std::string_view text, const std::optional<DeclarationRecord>& /*to*/) {
    return declaration_from_json(text);
  }
  static auto from_json(std::string_view text, const std::optional<OperatorRecord>& /*to*/) {
    return operator_from_json(text);
  }
  static auto from_json(std::string_view text, const std::vector<Time>& /*to*/) {
    return times_from_json(text);
  }
  static auto from_json(std::string_view text, const std::vector<ConflictRecord>& /*to*/) {
    return conflicts_from_json(text);
  }

  Columns in_;
};

}  // namespace rollcall
