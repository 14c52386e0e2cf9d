// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/console.hpp"

#include <cstdlib>
#include <memory>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

#include "bridge/adapters/system/clock.hpp"
#include "bridge/cli/printable_output.hpp"

namespace rollcall::cli {

Palette palette_of(const char* no_color, const char* term, const char* color_term) {
  const auto text = [](const char* value) { return std::string_view(value != nullptr ? value : ""); };
  if (!text(no_color).empty() || text(term).empty() || text(term) == "dumb") return Palette::none;
  const auto colors = text(color_term);
  return colors == "truecolor" || colors == "24bit" ? Palette::true_color : Palette::colors_256;
}

Console process_console(std::istream& in, std::ostream& out, std::ostream& err) {
  Console console{in, out, err};
  console.is_terminal_in = ::isatty(STDIN_FILENO) == 1;
  console.is_terminal_out = ::isatty(STDOUT_FILENO) == 1;
  console.is_terminal_err = ::isatty(STDERR_FILENO) == 1;
  if (console.is_terminal_out) {
    console.palette = palette_of(std::getenv("NO_COLOR"), std::getenv("TERM"), std::getenv("COLORTERM"));
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) console.columns = size.ws_col;
  }
  console.now = [clock = std::make_shared<Clock>()] { return clock->now(); };
  return console;
}

void print(const Console& console, const StyledLine& line) {
  for (const Span& span : line) {
    const auto begin = style_begin(span.style, console.palette);
    write_control(console.out, begin);
    console.out << span.text;
    if (!begin.empty()) write_control(console.out, kStyleEnd);
  }
  console.out << '\n';
}

void print(const Console& console, const std::vector<StyledLine>& lines) {
  for (const auto& line : lines) print(console, line);
}

void print(const Console& console, const Table& table) { print(console, table.lines(console.columns)); }

}  // namespace rollcall::cli
