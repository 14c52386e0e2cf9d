// SPDX-License-Identifier: Apache-2.0
// Where a subcommand reads and prints, and what is known of the terminal there.
#pragma once

#include <cstddef>
#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "bridge/cli/text/styled_text.hpp"
#include "bridge/cli/text/table.hpp"

namespace rollcall::cli {

/// The streams must outlive it.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool is_terminal_in = false, is_terminal_out = false, is_terminal_err = false;
  Palette palette = Palette::none;       ///< of `out`
  std::optional<std::size_t> columns{};  ///< of `out`, if it is a terminal
  std::function<Time()> now = [] { return Time{}; };
};

/// The process's own. Colours only on a terminal, and not where NO_COLOR is set or TERM is "dumb".
Console process_console(std::istream& in, std::ostream& out, std::ostream& err);

/// Returns what the environment allows on a terminal; each may be null, as getenv() has it.
Palette palette_of(const char* no_color, const char* term, const char* color_term);

/// Prints lines to `out`, with colours where it has them.
void print(const Console& console, const StyledLine& line);
void print(const Console& console, const std::vector<StyledLine>& lines);
void print(const Console& console, const Table& table);

}  // namespace rollcall::cli
