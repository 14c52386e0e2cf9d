// SPDX-License-Identifier: Apache-2.0
// Text with colours, and how wide it is on a terminal. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::cli {

/// What a terminal can show.
enum class Palette : std::uint8_t { none, colors_256, true_color };

struct Style {
  std::string color{};  ///< "#rrggbb"; empty: the terminal's own
  bool is_bold = false, is_faint = false;
  bool operator==(const Style&) const = default;
};

struct Span {
  std::string text;  ///< printable: a text of strangers goes through printable() first
  Style style{};
};
using StyledLine = std::vector<Span>;

/// Returns a name or a text of strangers so that it stays on its line and the terminal doesn't obey it: as it
/// is, or quoted and escaped.
std::string printable(std::string_view text);

std::string plain_text(const StyledLine& line);

/// Returns what makes a terminal show this style until `kStyleEnd`; empty where there is nothing to show.
std::string style_begin(const Style& style, Palette palette);
inline constexpr std::string_view kStyleEnd = "\x1b[0m";

/// Returns how many columns of a terminal the text takes.
std::size_t display_width(std::string_view text);

/// Returns the text if it fits; else as much of it as leaves room for "…".
std::string cut_to_width(std::string_view text, std::size_t width);

/// Cuts the line where it would be wider.
StyledLine cut_to_width(const StyledLine& line, std::size_t width);

}  // namespace rollcall::cli
