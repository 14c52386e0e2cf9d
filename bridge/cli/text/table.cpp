// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/table.hpp"

#include <algorithm>
#include <numeric>

namespace rollcall::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastFirst = 8;  // columns of a terminal

std::size_t width_of_all(const std::vector<std::size_t>& widths, const std::vector<std::size_t>& shown) {
  std::size_t width = shown.empty() ? 0 : kGap * (shown.size() - 1);
  for (const std::size_t column : shown) width += widths[column];
  return width;
}

}  // namespace

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(std::max(display_width(column.title), column.least));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i].text));
  }
  return widths;
}

std::vector<std::size_t> Table::shown_columns(const std::vector<std::size_t>& widths,
                                              std::size_t width) const {
  std::vector<std::size_t> shown(columns_.size());
  std::iota(shown.begin(), shown.end(), 0);
  while (width_of_all(widths, shown) > width) {
    const auto first_to_go = std::max_element(shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) {
      return columns_[a].may_go < columns_[b].may_go;
    });
    if (columns_[*first_to_go].may_go == 0) break;
    shown.erase(first_to_go);
  }
  return shown;
}

std::vector<StyledLine> Table::lines(std::optional<std::size_t> width, bool is_cut) const {
  auto columns = widths();
  const auto shown = shown_columns(columns, width.value_or(SIZE_MAX));
  if (is_cut && width && !shown.empty()) {
    const auto all = width_of_all(columns, shown);
    const auto too_wide = all > *width ? all - *width : 0;
    auto& first = columns[shown.front()];
    first = std::max(first > too_wide ? first - too_wide : 0, std::min(first, kLeastFirst));
  }
  const auto line_of = [&](const auto& cell_of) {
    StyledLine line;
    for (const std::size_t column : shown) {
      Span cell = cell_of(column);
      cell.text = cut_to_width(cell.text, columns[column]);
      const std::string padding(columns[column] - display_width(cell.text), ' ');
      const bool is_last = column == shown.back();
      if (columns_[column].is_number) {
        line.push_back({padding});
        line.push_back(std::move(cell));
        if (!is_last) line.push_back({std::string(kGap, ' ')});
      } else {
        line.push_back(std::move(cell));
        if (!is_last) line.push_back({padding + std::string(kGap, ' ')});
      }
    }
    return is_cut && width ? cut_to_width(line, *width) : line;
  };
  std::vector<StyledLine> lines;
  lines.reserve(rows_.size() + 1);
  lines.push_back(line_of([&](std::size_t column) {
    return Span{columns_[column].title, {"", true, false}};
  }));
  for (const auto& row : rows_) lines.push_back(line_of([&](std::size_t column) { return row[column]; }));
  return lines;
}

}  // namespace rollcall::cli
