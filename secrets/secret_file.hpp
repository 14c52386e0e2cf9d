// SPDX-License-Identifier: Apache-2.0
// Reads the secret that plugin and bridge share: one line in a file that others can't read. Any thread.
#pragma once

#include <string>

#include "topics/result.hpp"

namespace rollcall {

/// The line without its end. The error names the file and what would be right: it isn't there, others may
/// read it, it is empty, or it holds more than one line.
Result<std::string> read_secret_file(const std::string& path);

}  // namespace rollcall
