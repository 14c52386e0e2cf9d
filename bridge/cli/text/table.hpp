// SPDX-License-Identifier: Apache-2.0
// A table in columns that are as wide as what is in them. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bridge/cli/text/styled_text.hpp"

namespace rollcall::cli {

class Table {
 public:
  struct Column {
    std::string title;
    int may_go = 0;  ///< where there isn't room for all, the highest goes first; 0: it stays
    bool is_number = false;
    std::size_t least = 0;  ///< as wide at least, so that what changes doesn't move what is beside it
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as columns.
  void add(std::vector<Span> cells) { rows_.push_back(std::move(cells)); }
  std::size_t size() const { return rows_.size(); }

  /// Returns the titles and the rows. `width`: that of the terminal, for whose sake columns go; empty: there
  /// is none. `is_cut`: what is still wider is cut, in its first column.
  std::vector<StyledLine> lines(std::optional<std::size_t> width, bool is_cut = false) const;

 private:
  std::vector<std::size_t> widths() const;
  std::vector<std::size_t> shown_columns(const std::vector<std::size_t>& widths, std::size_t width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Span>> rows_;
};

}  // namespace rollcall::cli
