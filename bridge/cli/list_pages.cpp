// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/list_pages.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bridge/core/http/target.hpp"

namespace rollcall::cli {

Outcome<std::uint64_t> for_each_device(Caller& caller, const FilterOptions& filter, const std::string& sort,
                                       std::size_t limit, const std::function<void(const Json&)>& take) {
  constexpr std::size_t kMostOnAPage = 1000;
  auto query = filter_query(filter);
  if (!sort.empty()) query += fmt::format("{}sort={}", query.empty() ? "" : "&", percent_encoded(sort));
  std::string cursor;
  std::uint64_t total = 0;
  for (;;) {
    auto path = fmt::format("/api/v1/devices?limit={}", std::min(limit, kMostOnAPage));
    if (!query.empty()) path += "&" + query;
    if (!cursor.empty()) path += "&cursor=" + percent_encoded(cursor);
    const auto page = caller.get(path);
    if (!page) return tl::make_unexpected(page.error());
    if (cursor.empty()) total = number_of(*page, "total");
    const Json& devices = member(*page, "devices");
    for (const Json& status : devices) {
      take(status);
      if (--limit == 0) return total;
    }
    cursor = text_of(*page, "next");
    if (cursor.empty()) return total;
  }
}

}  // namespace rollcall::cli
