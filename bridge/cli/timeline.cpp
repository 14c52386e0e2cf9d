// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/asking.hpp"
#include "bridge/cli/row_pages.hpp"
#include "bridge/cli/text/history_text.hpp"

namespace rollcall::cli {

int run_timeline(const TimelineOptions& options, Caller& caller) {
  return print_rows(
      {device_path(options.device, "/timeline"), "rows", "row", options.limit, options.json, timeline_table},
      caller);
}

}  // namespace rollcall::cli
