// SPDX-License-Identifier: Apache-2.0
#include "base/quoting.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/lower_case.hpp"
#include "base/utf8.hpp"

namespace rollcall {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

/// How many letters must be changed, left out or put in, or swapped with the next (Damerau-Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower_case(a[i - 1]) == lower_case(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower_case(a[i - 1]) == lower_case(b[j - 2]) &&
          lower_case(a[i - 2]) == lower_case(b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

bool is_printable(std::uint32_t code_point) {
  const auto is_in = [&](std::uint32_t first, std::uint32_t last) {
    return code_point >= first && code_point <= last;
  };
  if (code_point == '\n' || code_point == '\t') return true;
  const bool is_control = code_point < 0x20 || is_in(0x7F, 0x9F);
  const bool is_format = code_point == 0xAD || code_point == 0x61C || is_in(0x200B, 0x200F) ||
                         is_in(0x2028, 0x202E) || is_in(0x2060, 0x206F) || code_point == 0xFEFF ||
                         is_in(0xFFF9, 0xFFFB) || is_in(0xE0000, 0xE007F);
  return !is_control && !is_format;
}

void append_escaped(std::string& out, std::uint32_t code_point) {
  if (code_point < 0x10000) {
    out += fmt::format("\\u{:04x}", code_point);
  } else {  // as JSON has it: a pair of surrogates
    const auto rest = code_point - 0x10000;
    out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10U), 0xDC00 + (rest & 0x3FFU));
  }
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMaxBytes = 80;
  const auto shown = utf8_prefix(text, kMaxBytes);
  std::string out;
  append_json_string(out, shown);
  if (shown.size() < text.size()) out.insert(out.size() - 1, "...");
  return escape_unprintable(out);
}

std::string quoted_unless_plain(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  quoted = escape_unprintable(quoted);
  const bool is_plain = !text.empty() && text.front() != ' ' && text.back() != ' ' &&
                        std::string_view(quoted).substr(1, quoted.size() - 2) == text;
  return is_plain ? std::string(text) : quoted;
}

std::string escape_unprintable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [value, bytes] = first_code_point(text);
    if (bytes != 0 && is_printable(value)) {
      out += text.substr(0, bytes);
    } else {
      append_escaped(out, bytes == 0 ? kReplacement : value);
    }
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

std::string quoted_list(const std::vector<std::string_view>& names) {
  std::string list;
  for (const auto name : names) list += (list.empty() ? "" : ", ") + in_quotes(name);
  return list;
}

std::optional<std::string_view> nearest(std::string_view name, const std::vector<std::string_view>& known) {
  constexpr std::size_t kMaxNameBytes = 64;
  if (name.size() > kMaxNameBytes) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t best_distance = 0;
  for (const auto each : known) {
    const auto changes = distance(name, each);
    const bool near_enough = changes <= std::max<std::size_t>(1, std::min(name.size(), each.size()) / 3);
    if (near_enough && (!best || changes < best_distance)) {
      best = each;
      best_distance = changes;
    }
  }
  return best;
}

}  // namespace rollcall
