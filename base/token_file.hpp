// SPDX-License-Identifier: Apache-2.0
// Reads the tokens by which clients of the HTTP API are known: one a line. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace rollcall {

struct Tokens {
  std::vector<std::string> tokens;
  std::optional<std::string> warning;  ///< one line for the log: others may read the file
};

/// Returns the tokens; empty lines and lines that begin with # are none. The error names file and line, and
/// what would be right: a token has printable ASCII characters without blanks, and there must be one at
/// least.
Result<Tokens> read_token_file(const std::string& path);

}  // namespace rollcall
