// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/row_pages.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bridge/cli/subcommands.hpp"
#include "bridge/cli/text/words.hpp"
#include "bridge/core/http/target.hpp"

namespace rollcall::cli {

int print_rows(const RowList& list, Caller& caller) {
  constexpr std::size_t kMostOnAPage = 1000;
  const char* const separator = list.path.find('?') == std::string::npos ? "?" : "&";
  std::vector<Json> rows;
  std::string before;
  auto left = list.limit;
  do {
    auto path = fmt::format("{}{}limit={}", list.path, separator, std::min(left, kMostOnAPage));
    if (!before.empty()) path += "&before=" + percent_encoded(before);
    const auto page = caller.get(path);
    if (!page) return caller.give_up(page.error());
    for (const Json& row : member(*page, list.member)) {
      if (left == 0) break;
      --left;
      if (list.json) {
        caller.console().out << json_line(row) << '\n';
      } else {
        rows.push_back(row);
      }
    }
    before = text_of(*page, "next");
  } while (left > 0 && !before.empty());
  if (list.json) return kOk;
  if (!rows.empty()) print(caller.console(), list.table_of(rows));
  const auto count = counted(rows.size(), list.noun);
  caller.console().out << (before.empty() ? count : fmt::format("the latest {}; --limit shows more", count))
                       << '\n';
  return kOk;
}

}  // namespace rollcall::cli
