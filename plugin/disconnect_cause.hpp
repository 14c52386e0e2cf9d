// SPDX-License-Identifier: Apache-2.0
// Why a connection ended, by what the broker says of it (docs/broker-behaviour.md, "The cause"): Mosquitto
// 2.1 gives plugins a reason, 2.0 has a line in its log. No state, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/cause.hpp"

namespace rollcall::plugin {

/// Returns what a reason of MOSQ_EVT_DISCONNECT or MOSQ_EVT_CLIENT_OFFLINE means: a MOSQ_ERR_* or an MQTT 5
/// reason code, of Mosquitto 2.1.
Cause cause_of_reason(int reason);

/// Returns what a line of the log of 2.0 says about the end of this client's connection; empty if it is about
/// something or somebody else. `time`: the shape_of_time() of what is in front of the line.
std::optional<Cause> cause_of_log_line(std::string_view line, std::string_view client_id,
                                       std::string_view time);

/// Returns the shape of a time as strftime writes it: 'd' for each run of digits, 'a' for each run of
/// letters, and all other characters but blanks. Two times in one format have the same shape.
std::string shape_of_time(std::string_view time);

}  // namespace rollcall::plugin
