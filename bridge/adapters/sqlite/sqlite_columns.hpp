// SPDX-License-Identifier: Apache-2.0
// The values of one row, one after the other: into a statement's parameters, out of its columns. They say how
// each type is kept; what is read and can't be is thrown as a SqliteFailure that names table, row and column.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/cause.hpp"
#include "base/time.hpp"
#include "bridge/adapters/sqlite/sqlite.hpp"

namespace rollcall {

/// Beyond the year 9999, either way, nothing happens: whatever says so is damaged, and sums with it might
/// overflow. Before 1970 is possible: a machine without a clock of its own begins there.
bool is_storable(Time time);

/// Text isn't copied: it must be there until the statement has run.
class Parameters {
 public:
  explicit Parameters(Statement& statement) : statement_(statement) {}

  void null() { statement_.bind_null(++last_); }
  void text(std::string_view value) { statement_.bind(++last_, value); }
  void bytes(std::string_view value) { statement_.bind_bytes(++last_, value); }
  void text_or_null(std::string_view value) { value.empty() ? null() : text(value); }
  void number(std::int64_t value) { statement_.bind(++last_, value); }
  void count(std::uint64_t value) { number(static_cast<std::int64_t>(value)); }
  void bits(std::uint64_t value) { number(static_cast<std::int64_t>(value)); }
  void boolean(bool value) { number(value ? 1 : 0); }
  void duration(Millis value) { number(value.count()); }
  void time(Time value) { value == Time::min() ? null() : number(value.time_since_epoch().count()); }
  void time_or_null(std::optional<Time> value) { value ? number(value->time_since_epoch().count()) : null(); }

 private:
  Statement& statement_;
  int last_ = 0;
};

/// Of the row that the statement has just given; the first column is the one that names the row in errors.
class Columns {
 public:
  Columns(const Statement& statement, const char* table) : statement_(statement), table_(table) {}

  bool is_null() const { return statement_.is_null(next_); }
  void skip(int columns) { next_ += columns; }
  std::string_view view();  ///< NULL: empty; valid until the statement's next step
  std::string text() { return std::string(view()); }
  std::int64_t number();
  std::uint64_t count();  ///< refuses what is negative
  std::uint64_t bits() { return static_cast<std::uint64_t>(number()); }
  bool boolean();
  Millis duration() { return Millis{count()}; }
  Time time();                         ///< NULL: Time::min()
  std::optional<Time> time_or_null();  ///< NULL: nothing; it may be Time::max()

  /// The column that was read last is wrong: `words` go on from its name.
  [[noreturn]] void refuse(const std::string& words) const;

 private:
  const Statement& statement_;
  const char* table_;
  int next_ = 0;
};

}  // namespace rollcall
