// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <fmt/format.h>

#include "bridge/cli/asking.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/cli/text/history_text.hpp"
#include "bridge/cli/text/words.hpp"
#include "bridge/core/http/target.hpp"

namespace rollcall::cli {

int run_uptime(const UptimeOptions& options, Caller& caller) {
  auto& console = caller.console();
  std::string query;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty())
      query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name, percent_encoded(value));
  };
  add("from", options.from.empty() ? "" : api_time(options.from, console.now()));
  add("to", options.to.empty() ? "" : api_time(options.to, console.now()));
  add("step", options.step);
  const auto uptime = caller.get(device_path(options.device, "/uptime" + query));
  if (!uptime) return caller.give_up(uptime.error());
  if (options.json) {
    console.out << json_line(*uptime) << '\n';
    return kOk;
  }
  print(console, uptime_table(*uptime));
  console.out << "availability " << percent(fraction_of(*uptime, "availability")) << '\n';
  return kOk;
}

}  // namespace rollcall::cli
