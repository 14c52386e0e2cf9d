// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/asking.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/cli/text/history_text.hpp"

namespace rollcall::cli {

int run_fleet(const FleetOptions& options, Caller& caller) {
  const auto fleet = caller.get("/api/v1/fleet");
  if (!fleet) return caller.give_up(fleet.error());
  auto& console = caller.console();
  if (options.json) {
    console.out << json_line(*fleet) << '\n';
    return kOk;
  }
  print(console, fleet_table(*fleet));
  console.out << fleet_summary(*fleet) << '\n';
  return kOk;
}

}  // namespace rollcall::cli
