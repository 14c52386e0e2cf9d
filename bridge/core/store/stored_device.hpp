// SPDX-License-Identifier: Apache-2.0
// What a store holds about one device, and what one must know beside it to say what that means.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/lifecycle/records.hpp"

namespace rollcall {

struct StoredDevice {
  std::optional<DeviceRecord> record;              ///< nothing: never known, or forgotten long ago
  std::vector<TimelineEntry> rows;                 ///< its latest rows, the latest last
  std::vector<BrokerRecord> brokers;               ///< all that the bridge has to do with
  std::map<std::string, std::uint64_t> templates;  ///< each with its fingerprint(), as the bridge read it
  std::vector<std::string> known;  ///< all devices; only where neither record nor rows are there
};

}  // namespace rollcall
