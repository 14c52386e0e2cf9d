// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "base/quoting.hpp"
#include "bridge/cli/asking.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/cli/text/history_text.hpp"
#include "bridge/cli/text/words.hpp"

namespace rollcall::cli {

int run_commands(const CommandsOptions& options, Caller& caller) {
  auto& console = caller.console();
  const auto path = device_path(options.device, "/commands");
  const auto answer = options.clear ? caller.ask("DELETE", path) : caller.get(path);
  if (!answer) return caller.give_up(answer.error());
  if (options.json) {
    console.out << json_line(*answer) << '\n';
    return kOk;
  }
  if (options.clear) {
    console.out << counted(number_of(*answer, "cleared"), "message") << " cleared\n";
    return kOk;
  }
  const auto table = commands_table(*answer);
  if (table.size() == 0) {
    console.out << "nothing waits for " << quoted_unless_plain(options.device) << '\n';
  } else {
    print(console, table);
  }
  return kOk;
}

}  // namespace rollcall::cli
