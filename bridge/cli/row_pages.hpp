// SPDX-License-Identifier: Apache-2.0
// Lists of what has happened, newest first, page by page: timelines, notifications, incidents.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/cli/caller.hpp"
#include "bridge/cli/text/table.hpp"

namespace rollcall::cli {

struct RowList {
  std::string path;       ///< of the API, without `before` and `limit`; may have a query
  const char* member;     ///< of a page, with the rows
  std::string_view noun;  ///< "row"
  std::size_t limit;      ///< so many at most
  bool json;              ///< one object a line; else a table
  Table (*table_of)(const std::vector<Json>& rows);
};

/// Prints it, and how many there were. Returns the exit code.
int print_rows(const RowList& list, Caller& caller);

}  // namespace rollcall::cli
