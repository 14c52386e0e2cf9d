// SPDX-License-Identifier: Apache-2.0
// The files of the web console (bridge/console/), as the build has put them into the program.
#pragma once

#include <span>
#include <string_view>

namespace rollcall {

struct ConsoleFile {
  std::string_view path;  ///< below the console's own address: "index.html", "assets/index-1f3a.js"
  std::string_view content_type;
  std::string_view bytes;
  bool is_immutable;  ///< its name has a hash of what is in it
};

/// Returns all of them; none if the program was built without the console (ROLLCALL_CONSOLE). They live as
/// long as the program.
std::span<const ConsoleFile> console_files();

}  // namespace rollcall
