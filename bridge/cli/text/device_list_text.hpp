// SPDX-License-Identifier: Apache-2.0
// Devices as rows of a table. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/cli/text/json_members.hpp"
#include "bridge/cli/text/table.hpp"

namespace rollcall::cli {

/// What a table shows of a device's status payload.
struct DeviceRow {
  std::string device, status, label, color, template_name, next_status;
  std::optional<Time> since, last_seen, next_at;
  bool is_connected = false, is_flapping = false, has_conflict = false;
  std::uint64_t seq = 0;
};
DeviceRow device_row(const Json& status);

/// "offline", "inactive (No longer active)": the label where it says more than the key.
std::string status_words(const std::string& status, const std::string& label);

/// `now`: times are shown as how long ago they were; empty: exactly.
Table device_table(const std::vector<DeviceRow>& devices, std::optional<Time> now);

/// "37 devices", or "1000 of 4711 devices; --all shows all".
std::string device_count(std::size_t shown, std::uint64_t total);

}  // namespace rollcall::cli
