// SPDX-License-Identifier: Apache-2.0
// Reads the secret that plugin and bridge share: one line in a file that others can't read. Any thread.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"

namespace rollcall {

struct Secret {
  std::string text;
  /// One line for the log: others may read the file, and nobody can change that where it lies.
  std::optional<std::string> warning;
};

/// True if what lies at `path` can't be changed there, nor who may read it.
bool is_on_read_only_file_system(const std::string& path);

/// Returns the line without its end (LF or CRLF). The error names the file and what would be right: it isn't
/// there, others may read it, or it holds something that people don't see and don't mean, such as a blank at
/// its end.
Result<Secret> read_secret_file(const std::string& path,
                                bool (*is_read_only)(const std::string&) = is_on_read_only_file_system);

}  // namespace rollcall
