// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/diagram/diagram_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace rollcall {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Character {
  std::string_view bytes;  ///< kReplacement for what is no UTF-8
  char32_t code = 0;
};

/// The first character of `text`, which isn't empty; takes it off.
Character take_character(std::string_view& text) {
  const auto [code, length] = first_code_point(text);
  const auto bytes = text.substr(0, length);
  text.remove_prefix(std::max<std::size_t>(length, 1));
  if (length == 0) return {kReplacement, 0xFFFD};
  return {bytes, code};
}

bool is_in_xml(char32_t code) {
  return code >= 0x20 && !(code >= 0x7F && code <= 0x9F) && !(code >= 0xD800 && code <= 0xDFFF) &&
         code != 0xFFFE && code != 0xFFFF;
}

bool is_space(char32_t code) {
  return code == ' ' || code == '\t' || code == '\n' || code == '\r' || code == 0x2028 || code == 0x2029 ||
         code == 0x3000;
}

/// Shown together with the character before it.
bool is_attached(char32_t code) {
  return (code >= 0x0300 && code <= 0x036F) || (code >= 0x200B && code <= 0x200F) ||
         (code >= 0x202A && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) ||
         (code >= 0x20D0 && code <= 0x20FF) || (code >= 0xFE00 && code <= 0xFE0F) || code == 0xFEFF ||
         (code >= 0x1F3FB && code <= 0x1F3FF) || code >= 0xE0000;
}

struct WidthRange {
  char32_t last;
  int percent;  ///< of the font's size
};
// Wide bold fonts, such as DejaVu Sans Bold, with a little to spare; the rest is guessed generously.
constexpr std::array<WidthRange, 22> kWidths{
    {{0x024F, 85},   {0x06FF, 95},   {0x0AFF, 110},  {0x0DFF, 170}, {0x0FFF, 120},  {0x10FF, 160},
     {0x115F, 105},  {0x25FF, 110},  {0x27BF, 140},  {0x2E7F, 120}, {0xA4CF, 105},  {0xA97F, 120},
     {0xA9DF, 400},  {0xABFF, 120},  {0xD7FF, 105},  {0xFAFF, 120}, {0xFDFF, 1000}, {0xFFFF, 120},
     {0x11FFF, 150}, {0x1254F, 450}, {0x1EFFF, 150}, {0x1FFFF, 140}}};

int width_percent(char32_t code) {
  constexpr std::string_view kNarrow = "iljI|.,:;'!`";
  constexpr std::string_view kMiddling = "ftr()[]{}-/\\\"*";
  constexpr std::string_view kWide = "mwMW@%";
  if (is_attached(code)) return 0;
  if (code < 0x80) {
    const auto is_one_of = [&](std::string_view characters) {
      return characters.find(static_cast<char>(code)) != std::string_view::npos;
    };
    if (is_space(code) || is_one_of(kNarrow)) return 42;
    if (is_one_of(kMiddling)) return 56;
    if (is_one_of(kWide)) return 112;
    return code >= 'A' && code <= 'Z' ? 86 : 74;
  }
  const auto* const range =
      std::find_if(kWidths.begin(), kWidths.end(), [&](const WidthRange& each) { return code <= each.last; });
  return range == kWidths.end() ? 105 : range->percent;
}

int width_percent(char32_t code, DiagramFont font) {
  constexpr int kCodePercent = 63;
  constexpr int kRegularOfBold = 90;
  if (code < 0x80 && font == DiagramFont::code) return kCodePercent;
  return width_percent(code) * (font == DiagramFont::small ? kRegularOfBold : 100) / 100;
}

int percent_of(int percent, DiagramFont font) { return (percent * font_size_px(font) + 99) / 100; }

/// Characters that can't be parted, and how wide they are.
struct Cluster {
  std::string text;
  int percent = 0;
  bool is_space = false;
};

std::vector<Cluster> clusters_of(std::string_view text, DiagramFont font) {
  constexpr char32_t kZeroWidthJoiner = 0x200D;
  std::vector<Cluster> clusters;
  bool is_joined = false;
  while (!text.empty()) {
    const auto character = take_character(text);
    const auto code = character.code;
    if (!clusters.empty() && !clusters.back().is_space && (is_attached(code) || is_joined)) {
      clusters.back().text += character.bytes;
      clusters.back().percent += is_joined ? width_percent(code, font) : 0;
    } else {
      clusters.push_back({std::string(character.bytes), width_percent(code, font), is_space(code)});
    }
    is_joined = code == kZeroWidthJoiner;
  }
  return clusters;
}

unsigned channel(std::string_view color, std::size_t at) {
  unsigned value = 0;
  if (color.size() >= at + 2) std::from_chars(color.data() + at, color.data() + at + 2, value, 16);
  return value;
}

/// WCAG 2, "relative luminance".
double luminance(std::string_view color) {
  const auto linear = [](unsigned value) {
    const double share = value / 255.0;
    return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(channel(color, 1)) + 0.7152 * linear(channel(color, 3)) +
         0.0722 * linear(channel(color, 5));
}

}  // namespace

int font_size_px(DiagramFont font) {
  constexpr std::array<int, 4> kSizes{18, 16, 13, 12};
  return kSizes[static_cast<std::size_t>(font)];
}

int line_height_px(DiagramFont font) {
  constexpr std::array<int, 4> kHeights{24, 20, 18, 16};
  return kHeights[static_cast<std::size_t>(font)];
}

int text_width_px(std::string_view text, DiagramFont font) {
  int percent = 0;
  for (const auto& cluster : clusters_of(text, font)) percent += cluster.percent;
  return percent_of(percent, font);
}

std::vector<std::string> wrapped(std::string_view text, DiagramFont font, int max_px) {
  const int most = max_px * 100 / font_size_px(font);
  const int space = width_percent(' ', font);
  std::vector<std::string> lines;
  int line_percent = 0;
  const auto begin_line = [&] {
    lines.emplace_back();
    line_percent = 0;
  };
  const auto clusters = clusters_of(text, font);
  for (auto word = clusters.begin(); word != clusters.end();) {
    const auto is_space = [](const Cluster& each) { return each.is_space; };
    word = std::find_if_not(word, clusters.end(), is_space);
    const auto end = std::find_if(word, clusters.end(), is_space);
    if (word == end) break;
    int word_percent = 0;
    for (auto each = word; each != end; ++each) word_percent += each->percent;
    if (lines.empty() || line_percent + space + word_percent > most) {
      begin_line();
    } else {
      lines.back() += ' ';
      line_percent += space;
    }
    for (; word != end; ++word) {
      if (line_percent > 0 && line_percent + word->percent > most) begin_line();
      lines.back() += word->text;
      line_percent += word->percent;
    }
  }
  return lines;
}

std::vector<std::string> balanced(std::string_view text, DiagramFont font, int max_px) {
  auto lines = wrapped(text, font, max_px);
  for (int narrower = max_px; lines.size() > 1 && narrower > 0;) {
    narrower -= font_size_px(font) / 2;
    auto again = wrapped(text, font, narrower);
    if (again.size() > lines.size()) break;
    lines = std::move(again);
  }
  return lines;
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto [bytes, code] = take_character(text);
    switch (code) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += is_in_xml(code) ? bytes : kReplacement;
    }
  }
  return out;
}

std::string mermaid_escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto [bytes, code] = take_character(text);
    const bool is_plain_ascii = (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
                                (code >= 'a' && code <= 'z') || code == ' ';
    const bool is_its_own = code == 0xB6 || code == 0xFB02;  // what Mermaid writes for ; and # meanwhile
    if (is_space(code)) {
      out += ' ';
    } else if (!is_in_xml(code)) {
      out += kReplacement;
    } else if ((code < 0x80 && !is_plain_ascii) || is_its_own) {
      out += fmt::format("#{};", static_cast<std::uint32_t>(code));
      // Formulas ($$x$$) and icons (fa:fa-car) are looked for behind the entities: a word joiner parts them.
      if (code == '$' || code == ':') out += "\u2060";
    } else {
      out += bytes;
    }
  }
  return out;
}

double contrast(std::string_view color, std::string_view other) {
  const auto [low, high] = std::minmax({luminance(color), luminance(other)});
  return (high + 0.05) / (low + 0.05);
}

std::string_view readable_on(std::string_view color) {
  constexpr std::string_view kBlack = "#000000";
  constexpr std::string_view kWhite = "#ffffff";
  return contrast(color, kWhite) > contrast(color, kBlack) ? kWhite : kBlack;
}

}  // namespace rollcall
