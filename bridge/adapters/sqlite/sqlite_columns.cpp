// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_columns.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

namespace rollcall {

bool is_storable(Time time) {
  constexpr std::int64_t kLast = 253'402'300'799'999;  // the end of the year 9999
  const auto value = time.time_since_epoch().count();
  return -kLast <= value && value <= kLast;
}

std::string_view Columns::view() { return statement_.text(next_++); }

// NULL reads as 0, and stays NULL: only then is it asked for, which takes as long again.
std::int64_t Columns::number() {
  const int column = next_++;
  const auto value = statement_.number(column);
  if (value == 0 && statement_.is_null(column)) refuse("is missing");
  return value;
}

std::uint64_t Columns::count() {
  const auto value = number();
  if (value < 0) refuse(fmt::format("is {}, and can't be negative", value));
  return static_cast<std::uint64_t>(value);
}

bool Columns::boolean() {
  const auto value = number();
  if (value != 0 && value != 1) refuse(fmt::format("is {}, and must be 0 or 1", value));
  return value == 1;
}

Time Columns::time() {
  const int column = next_++;
  const auto value = statement_.number(column);
  if (value == 0 && statement_.is_null(column)) return Time::min();
  if (!is_storable(Time{Millis{value}})) refuse(fmt::format("is {}, which is no time", value));
  return Time{Millis{value}};
}

std::optional<Time> Columns::time_or_null() {
  if (is_null()) {
    skip(1);
    return std::nullopt;
  }
  if (statement_.number(next_) == Time::max().time_since_epoch().count()) {
    skip(1);
    return Time::max();
  }
  return time();
}

void Columns::refuse(const std::string& words) const {
  throw SqliteFailure(SQLITE_CORRUPT,
                      fmt::format("table {}, {} \"{}\", column {} {}", table_, statement_.column_name(0),
                                  statement_.text(0), statement_.column_name(next_ - 1), words));
}

}  // namespace rollcall
