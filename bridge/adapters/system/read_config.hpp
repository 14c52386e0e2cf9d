// SPDX-License-Identifier: Apache-2.0
// Reads and parses a configuration file for any subcommand.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/config/config.hpp"

namespace rollcall {

/// The error names the file and, where the file system is to blame, what it said.
Result<Config> read_config(const std::string& file);

/// The secrets of its brokers, by index; empty where there is no password_file. The error names file, line
/// and path. What is to be said of a secret is added to `config.warnings`.
Result<std::vector<std::string>> read_passwords(Config& config);

}  // namespace rollcall
