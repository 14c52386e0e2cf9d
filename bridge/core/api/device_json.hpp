// SPDX-License-Identifier: Apache-2.0
// One device as GET /api/v1/devices/{device} has it. Pure functions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/config/config.hpp"
#include "bridge/core/explain/matching_rule.hpp"
#include "bridge/core/lifecycle/records.hpp"
#include "bridge/core/store/history_reader.hpp"

namespace rollcall {

struct Availability {
  std::optional<double> day, week, month;  ///< of the last 24 h, 7 d, 30 d; empty: nothing is known
};

struct DeviceDetails {
  std::string payload;  ///< of ds/status
  DeviceRecord record;
  std::optional<MatchingRule> rule;
  DeviceFacts facts;
  Availability availability;
};

/// The payload's members and all others, as one object.
std::string to_json(const DeviceDetails& device, Time now);

/// The rule that the device's latest connection matches; empty: none does, or it never had one.
std::optional<MatchingRule> rule_of(const DeviceRecord& record, const Config& config);

}  // namespace rollcall
