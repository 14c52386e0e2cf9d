// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "bridge/cli/asking.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/cli/text/history_text.hpp"
#include "bridge/cli/text/words.hpp"
#include "bridge/core/http/target.hpp"

namespace rollcall::cli {

int run_timeline(const TimelineOptions& options, Caller& caller) {
  constexpr std::size_t kMostOnAPage = 1000;
  std::vector<Json> rows;
  std::string before;
  auto left = options.limit;
  do {
    auto path = device_path(options.device, fmt::format("/timeline?limit={}", std::min(left, kMostOnAPage)));
    if (!before.empty()) path += "&before=" + percent_encoded(before);
    const auto page = caller.get(path);
    if (!page) return caller.give_up(page.error());
    for (const Json& row : member(*page, "rows")) {
      if (left == 0) break;
      --left;
      if (options.json) {
        caller.console().out << json_line(row) << '\n';
      } else {
        rows.push_back(row);
      }
    }
    before = text_of(*page, "next");
  } while (left > 0 && !before.empty());
  if (options.json) return kOk;
  if (!rows.empty()) print(caller.console(), timeline_table(rows));
  caller.console().out << (before.empty() ? counted(rows.size(), "row")
                                          : fmt::format("the latest {}; --limit shows more",
                                                        counted(rows.size(), "row")))
                       << '\n';
  return kOk;
}

}  // namespace rollcall::cli
