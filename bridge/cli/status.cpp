// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "bridge/cli/asking.hpp"
#include "bridge/cli/list_pages.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/cli/text/device_list_text.hpp"
#include "bridge/cli/text/device_text.hpp"

namespace rollcall::cli {
namespace {

constexpr std::size_t kUsualLimit = 1000;

int show_device(const StatusOptions& options, Caller& caller) {
  const auto device = caller.get(device_path(options.device));
  if (!device) return caller.give_up(device.error());
  if (options.json) {
    caller.console().out << json_line(*device) << '\n';
  } else {
    print(caller.console(), device_lines(*device, caller.console().now()));
  }
  return kOk;
}

int show_list(const StatusOptions& options, Caller& caller) {
  const auto limit = options.all ? SIZE_MAX : options.limit.value_or(kUsualLimit);
  std::vector<DeviceRow> rows;
  std::size_t shown = 0;
  const auto total = for_each_device(caller, options.filter, options.sort, limit, [&](const Json& status) {
    ++shown;
    if (options.json) {
      caller.console().out << json_line(status) << '\n';
    } else {
      rows.push_back(device_row(status));
    }
  });
  if (!total) return caller.give_up(total.error());
  const auto count = device_count(shown, *total);
  if (options.json) {
    if (shown < *total) caller.note(count);
    return kOk;
  }
  auto& console = caller.console();
  const auto now = console.is_terminal_out ? std::optional(console.now()) : std::nullopt;
  if (!rows.empty()) print(console, device_table(rows, now));
  console.out << count << '\n';
  return kOk;
}

}  // namespace

int run_status(const StatusOptions& options, Caller& caller) {
  if (options.device.empty()) return show_list(options, caller);
  const bool wants_list = !options.filter.is_empty() || !options.sort.empty() || options.limit || options.all;
  if (wants_list) return caller.refuse("a DEVICE or filters, not both");
  return show_device(options, caller);
}

}  // namespace rollcall::cli
