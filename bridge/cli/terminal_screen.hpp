// SPDX-License-Identifier: Apache-2.0
// The whole window of a terminal, for as long as a subcommand draws on it. Whatever ends the process gives
// the terminal back as it was: its end, Ctrl-C, SIGTERM, SIGHUP, Ctrl-Z.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "bridge/cli/console.hpp"

namespace rollcall::cli {

/// One at a time, on the process's own standard input and output.
class TerminalScreen {
 public:
  explicit TerminalScreen(Console& console);
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  struct Size {
    std::size_t columns = 80, rows = 24;
  };
  Size size() const;

  /// True once after the window has got another size, or the process has been stopped and goes on.
  bool take_change();
  /// Returns a key that was typed; empty: none.
  std::optional<char> take_key();

  void draw(const std::vector<StyledLine>& lines);

 private:
  Console& console_;
};

}  // namespace rollcall::cli
