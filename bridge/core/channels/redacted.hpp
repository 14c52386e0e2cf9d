// SPDX-License-Identifier: Apache-2.0
// What servers answer, without what was sent to them in confidence. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "bridge/core/channels/sender.hpp"

namespace rollcall {

/// Returns the first line of `answer`, escaped for people and cut to kMostAnswerBytes. The message's secret,
/// its password, and all parts of the path and query of its address that might be one are left out: servers
/// like to repeat what they don't know.
std::string redacted(std::string answer, const OutgoingMessage& message);

}  // namespace rollcall
