// SPDX-License-Identifier: Apache-2.0
// Reads and parses a configuration file.
#pragma once

#include <string>

#include "base/result.hpp"
#include "bridge/core/config/config.hpp"

namespace rollcall {

/// The error names the file and, where the file system is to blame, what it said.
Result<Config> read_config(const std::string& file);

}  // namespace rollcall
