// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/styled_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <clocale>
#include <cwchar>
#include <optional>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "base/utf8.hpp"

namespace rollcall::cli {
namespace {

struct Rgb {
  unsigned red = 0, green = 0, blue = 0;
};

std::optional<Rgb> parse_color(std::string_view text) {
  if (text.size() != 7 || text[0] != '#') return std::nullopt;
  unsigned value = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + 1, end, value, 16);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return Rgb{value >> 16U, (value >> 8U) & 0xFFU, value & 0xFFU};
}

/// The nearest of the cube of 6 × 6 × 6 colours that every terminal with 256 of them has.
unsigned nearest_of_256(const Rgb& color) {
  constexpr std::array<unsigned, 6> kLevels{0, 95, 135, 175, 215, 255};
  const auto level = [&](unsigned value) {
    const auto distance = [&](unsigned each) { return each > value ? each - value : value - each; };
    const auto* const nearest = std::min_element(
        kLevels.begin(), kLevels.end(), [&](unsigned a, unsigned b) { return distance(a) < distance(b); });
    return static_cast<unsigned>(nearest - kLevels.begin());
  };
  return 16 + 36 * level(color.red) + 6 * level(color.green) + level(color.blue);
}

/// While it lives, wcwidth() knows Unicode on this thread, whatever the environment says.
class UnicodeWidths {
 public:
  UnicodeWidths() : before_(::uselocale(unicode())) {}
  ~UnicodeWidths() { ::uselocale(before_); }
  UnicodeWidths(const UnicodeWidths&) = delete;
  UnicodeWidths& operator=(const UnicodeWidths&) = delete;

 private:
  static locale_t unicode() {
    static const locale_t kLocale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return kLocale;
  }
  locale_t before_;
};

/// Calls `take` with each character and its width, until that returns false.
template <typename Take>
void for_each_character(std::string_view text, const Take& take) {
  const UnicodeWidths widths;
  while (!text.empty()) {
    const auto code_point = first_code_point(text);
    const std::size_t bytes = std::max<std::size_t>(code_point.bytes, 1);
    const int width = code_point.bytes == 0 ? 1 : ::wcwidth(static_cast<wchar_t>(code_point.value));
    if (!take(text.substr(0, bytes), static_cast<std::size_t>(std::max(width, 0)))) return;
    text.remove_prefix(bytes);
  }
}

}  // namespace

std::string printable(std::string_view text) { return text.empty() ? "" : quoted_unless_plain(text); }

std::string plain_text(const StyledLine& line) {
  std::string text;
  for (const Span& span : line) text += span.text;
  return text;
}

std::string style_begin(const Style& style, Palette palette) {
  if (palette == Palette::none) return {};
  std::string codes;
  const auto add = [&](const std::string& code) { codes += (codes.empty() ? "" : ";") + code; };
  if (style.is_bold) add("1");
  if (style.is_faint) add("2");
  if (const auto color = parse_color(style.color)) {
    add(palette == Palette::true_color ? fmt::format("38;2;{};{};{}", color->red, color->green, color->blue)
                                       : fmt::format("38;5;{}", nearest_of_256(*color)));
  }
  return codes.empty() ? std::string() : "\x1b[" + codes + "m";
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for_each_character(text, [&](std::string_view, std::size_t columns) {
    width += columns;
    return true;
  });
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string cut;
  std::size_t used = 0;
  for_each_character(text, [&](std::string_view character, std::size_t columns) {
    if (used + columns > width - 1) return false;
    used += columns;
    cut += character;
    return true;
  });
  return cut + "…";
}

StyledLine cut_to_width(const StyledLine& line, std::size_t width) {
  if (display_width(plain_text(line)) <= width) return line;
  StyledLine cut;
  for (const Span& span : line) {
    const auto columns = display_width(span.text);
    // The last one that fits is cut, too, where something is behind it.
    cut.push_back({cut_to_width(columns < width ? span.text : span.text + " ", width), span.style});
    if (columns >= width) break;
    width -= columns;
  }
  return cut;
}

}  // namespace rollcall::cli
