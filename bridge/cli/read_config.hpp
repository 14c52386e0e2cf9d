// SPDX-License-Identifier: Apache-2.0
// Reads and parses a configuration file for any subcommand.
#pragma once

#include <string>
#include <vector>

#include "bridge/core/config.hpp"
#include "topics/result.hpp"

namespace rollcall::cli {

/// The error names the file and, where the file system is to blame, what it said.
Result<Config> read_config(const std::string& file);

/// The secrets of its brokers, by index; empty where there is no password_file. The error names file, line
/// and path. What is to be said of a secret is added to `config.warnings`. Files for TLS that are of no use
/// are an error, too.
Result<std::vector<std::string>> read_passwords(Config& config);

}  // namespace rollcall::cli
