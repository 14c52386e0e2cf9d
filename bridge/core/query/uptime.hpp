// SPDX-License-Identifier: Apache-2.0
// How long a device was in which status, and how much of the time it was up: worked out from its timeline.
// Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "bridge/core/lifecycle/records.hpp"
#include "bridge/core/lifecycle/template.hpp"

namespace rollcall {

/// A part of the time that was asked for.
struct UptimeBucket {
  Time at;                               ///< when it begins
  std::map<std::string, Millis> in;      ///< status → how long; what isn't known is in none
  std::optional<double> availability{};  ///< 0…1: up of what was up or down; empty: nothing was either
};

struct Uptime {
  std::vector<UptimeBucket> buckets;
  std::optional<double> availability;  ///< of the whole
};

using CountsAsOf = std::function<CountsAs(std::string_view status)>;

/// `rows`: the device's, the oldest first, from the last one before `from` on. Buckets begin at `from` and
/// each `step` after it; the last one may be shorter. What comes after `now` isn't known. `step` is above 0.
Uptime uptime_of(const std::vector<TimelineEntry>& rows, Time from, Time to, Millis step, Time now,
                 const CountsAsOf& counts_as);

}  // namespace rollcall
