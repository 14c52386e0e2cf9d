// SPDX-License-Identifier: Apache-2.0
#include "base/quoting.hpp"

#include <algorithm>
#include <numeric>

#include "base/json_text.hpp"

namespace rollcall {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// How many letters must be changed, left out or put in, or swapped with the next (Damerau-Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

/// JSON leaves DEL and the controls U+0080 to U+009F as they are; a terminal would obey them.
std::string without_raw_controls(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&](std::size_t at) {
      return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const bool is_c1 = byte(i) == 0xC2 && byte(i + 1) >= 0x80 && byte(i + 1) <= 0x9F;
    if (is_c1) ++i;
    if (is_c1 || byte(i) == 0x7F) {
      out += {'\\', 'u', '0', '0', kHex[byte(i) >> 4U], kHex[byte(i) & 0xFU]};
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMaxBytes = 80;
  std::size_t cut = text.size();
  if (cut > kMaxBytes) {
    cut = kMaxBytes;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
  }
  std::string out;
  append_json_string(out, text.substr(0, cut));
  if (cut < text.size()) out.insert(out.size() - 1, "...");
  return without_raw_controls(out);
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
