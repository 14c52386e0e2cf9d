// SPDX-License-Identifier: Apache-2.0
// The files that a configuration names for its brokers: passwords, certificates and keys.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/config/config.hpp"

namespace rollcall {

/// Returns the passwords of its brokers, by index; empty where there is no password_file. The error names
/// file, line and path; files for TLS that are of no use are one, too. What is to be said of a secret is
/// added to `config.warnings`.
Result<std::vector<std::string>> read_secrets(Config& config);

}  // namespace rollcall
