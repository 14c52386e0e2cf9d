// SPDX-License-Identifier: Apache-2.0
// A device's past, and the fleet's counts, as tables. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "bridge/cli/text/json_members.hpp"
#include "bridge/cli/text/table.hpp"

namespace rollcall::cli {

/// `rows`: of GET …/timeline.
Table timeline_table(const std::vector<Json>& rows);

/// What GET …/uptime answers.
Table uptime_table(const Json& uptime);

/// What GET …/commands answers.
Table commands_table(const Json& answer);

/// What GET /api/v1/fleet answers.
Table fleet_table(const Json& fleet);
/// "37 devices, 12 connected, 1 flapping"
std::string fleet_summary(const Json& fleet);

/// A row as `rollcall watch` has it in a pipe: "TIME DEVICE STATUS CAUSE"; empty for one that is no change of
/// the status.
std::string change_line(const Json& row);

/// Returns an explanation as `rollcall explain` prints it, from its JSON.
std::string explanation_text(const Json& explanation);

/// Returns a time for the API out of what people write: RFC 3339 as it is, a day ("2026-11-22"), or how long
/// ago it was ("7d"). What is none of them is left as it is, for the bridge to say what is wrong.
std::string api_time(const std::string& text, Time now);

}  // namespace rollcall::cli
