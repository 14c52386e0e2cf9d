// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/id_lines.hpp"

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "topics/names.hpp"

namespace rollcall::cli {
namespace {

std::string mistake_in(std::string_view line) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  if (is_blank(line.front()) || is_blank(line.back()))
    return in_quotes(line) + " has a blank at its beginning or end";
  if (can_be_device(line)) return {};
  return fmt::format(
      "{} can't be a device's id: it must be UTF-8, of {} bytes at most, {} when percent-encoded",
      in_quotes(line), kMaxDeviceIdBytes, kMaxEncodedDeviceIdBytes);
}

}  // namespace

IdLines read_id_lines(std::string_view text) {
  IdLines lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    auto mistake = mistake_in(line);
    if (mistake.empty()) {
      lines.ids.push_back({number, std::string(line)});
    } else {
      lines.mistakes.push_back({number, std::move(mistake)});
    }
  }
  return lines;
}

}  // namespace rollcall::cli
