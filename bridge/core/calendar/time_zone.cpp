// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/calendar/time_zone.hpp"

#include <chrono>
#include <exception>

#include <date/tz.h>

#include "base/quoting.hpp"

namespace rollcall {

Result<TimeZone> TimeZone::find(std::string_view name) {
  TimeZone found;
  if (name == "UTC") return found;
  try {
    found.zone_ = date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    return fail("there is no time zone " + in_quotes(name) +
                R"(; it must be a name such as "Europe/Berlin" or "UTC")");
  }
  found.name_ = name;
  return found;
}

LocalTime TimeZone::local(Time time) const {
  const date::sys_time<Millis> utc{time.time_since_epoch()};
  auto there = utc.time_since_epoch();
  if (zone_ != nullptr) {
    const auto* const zone = static_cast<const date::time_zone*>(zone_);
    there = zone->to_local(utc).time_since_epoch();
  }
  const auto day = std::chrono::floor<date::days>(there);
  const auto minute = std::chrono::floor<std::chrono::minutes>(there - day);
  const date::weekday weekday{date::local_days{day}};
  return {day.count(), weekday.iso_encoding() - 1, static_cast<unsigned>(minute.count())};
}

}  // namespace rollcall
