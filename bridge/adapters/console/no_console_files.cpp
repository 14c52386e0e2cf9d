// SPDX-License-Identifier: Apache-2.0
// In place of what CMake makes of the console's files, where ROLLCALL_CONSOLE is off.
#include "bridge/adapters/console/console_files.hpp"

namespace rollcall {

std::span<const ConsoleFile> console_files() { return {}; }

}  // namespace rollcall
