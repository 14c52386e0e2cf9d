// SPDX-License-Identifier: Apache-2.0
// Reads and parses a configuration file for any subcommand.
#pragma once

#include <string>

#include "bridge/core/config.hpp"
#include "topics/result.hpp"

namespace rollcall::cli {

/// The error names the file and, where the file system is to blame, what it said.
Result<Config> read_config(const std::string& file);

}  // namespace rollcall::cli
