// SPDX-License-Identifier: Apache-2.0
// A time zone by its name, and what a point in time is there. A value; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace rollcall {

/// What clocks and calendars of a zone show.
struct LocalTime {
  std::int64_t day = 0;  ///< since 1970-01-01 there
  unsigned weekday = 0;  ///< 0: Monday
  unsigned minute = 0;   ///< since midnight
  bool operator==(const LocalTime&) const = default;
};

class TimeZone {
 public:
  /// UTC.
  TimeZone() = default;
  /// By the machine's database of time zones ("Europe/Berlin"). The error says that it has none of the name.
  static Result<TimeZone> find(std::string_view name);

  const std::string& name() const { return name_; }
  LocalTime local(Time time) const;

  bool operator==(const TimeZone& other) const { return name_ == other.name_; }

 private:
  std::string name_ = "UTC";
  const void* zone_ = nullptr;  // the library's; it lives as long as the process. nullptr: UTC
};

}  // namespace rollcall
