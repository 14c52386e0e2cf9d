// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/terminal_screen.hpp"

#include <array>
#include <csignal>
#include <string_view>

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "bridge/cli/printable_output.hpp"

namespace rollcall::cli {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";  // another screen, no cursor
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::array<int, 3> kEnding{SIGINT, SIGTERM, SIGHUP};

// What signal handlers need.
termios terminal_before;
volatile sig_atomic_t has_changed = 0;

void enter() {
  termios mine = terminal_before;
  mine.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &mine);
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, kEnter.data(), kEnter.size());
}

void leave() {
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, kLeave.data(), kLeave.size());
  ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
}

void set_handler(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigaction(signal, &action, nullptr);
}

/// As if it had never been caught: whoever started the process sees which signal it was.
void on_ending(int signal) {
  leave();
  set_handler(signal, SIG_DFL);
  ::raise(signal);
}

void on_stop(int) {
  leave();
  ::raise(SIGSTOP);
  enter();  // it goes on here
  has_changed = 1;
}

void on_window_change(int) { has_changed = 1; }

}  // namespace

TerminalScreen::TerminalScreen(Console& console) : console_(console) {
  console_.out.flush();
  ::tcgetattr(STDIN_FILENO, &terminal_before);
  enter();
  for (const int signal : kEnding) set_handler(signal, on_ending);
  set_handler(SIGTSTP, on_stop);
  set_handler(SIGWINCH, on_window_change);
}

TerminalScreen::~TerminalScreen() {
  for (const int signal : kEnding) set_handler(signal, SIG_DFL);
  set_handler(SIGTSTP, SIG_DFL);
  set_handler(SIGWINCH, SIG_DFL);
  console_.out.flush();
  leave();
}

TerminalScreen::Size TerminalScreen::size() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

bool TerminalScreen::take_change() {
  const bool changed = has_changed != 0;
  has_changed = 0;
  return changed;
}

std::optional<char> TerminalScreen::take_key() {
  pollfd polled{STDIN_FILENO, POLLIN, 0};
  if (::poll(&polled, 1, 0) <= 0 || (polled.revents & POLLIN) == 0) return std::nullopt;
  char key = 0;
  if (::read(STDIN_FILENO, &key, 1) != 1) return std::nullopt;
  return key;
}

void TerminalScreen::draw(const std::vector<StyledLine>& lines) {
  constexpr std::string_view kHome = "\x1b[H";
  constexpr std::string_view kClearLine = "\x1b[K";
  constexpr std::string_view kClearBelow = "\x1b[J";
  auto& out = console_.out;
  write_control(out, kHome);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const Span& span : lines[i]) {
      const auto begin = style_begin(span.style, console_.palette);
      write_control(out, begin);
      out << span.text;
      if (!begin.empty()) write_control(out, kStyleEnd);
    }
    write_control(out, kClearLine);
    if (i + 1 < lines.size()) write_control(out, "\r\n");
  }
  write_control(out, kClearBelow);
  out.flush();
}

}  // namespace rollcall::cli
