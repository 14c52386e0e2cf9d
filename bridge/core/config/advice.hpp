// SPDX-License-Identifier: Apache-2.0
// What a configuration could do better, though nothing in it is wrong.
#pragma once

#include <string>
#include <vector>

#include "bridge/core/config/config.hpp"

namespace rollcall {

/// Returns a line for each, for `rollcall check`.
std::vector<std::string> advice_for(const Config& config);

}  // namespace rollcall
