// SPDX-License-Identifier: Apache-2.0
// One device, for people: what GET /api/v1/devices/{device} answers. Pure functions.
#pragma once

#include <vector>

#include "bridge/cli/text/json_members.hpp"
#include "bridge/cli/text/styled_text.hpp"

namespace rollcall::cli {

std::vector<StyledLine> device_lines(const Json& device, Time now);

}  // namespace rollcall::cli
