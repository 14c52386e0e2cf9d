// SPDX-License-Identifier: Apache-2.0
// `rollcall mute` and `rollcall unmute`.
#include "base/duration.hpp"
#include "bridge/cli/actions.hpp"

namespace rollcall::cli {

int run_mute(const ActionOptions& options, Caller& caller) {
  Action action{"mute", "POST", "/mute", "muted", Json::object()};
  auto checked = options;
  if (!options.wait.empty()) {
    const auto wait = parse_duration(options.wait);
    if (!wait) return caller.refuse("--for: " + wait.error().message);
    checked.wait = format_duration(*wait);
    action.body = Json{{"for", checked.wait}};
    action.done += " for " + checked.wait;
  }
  return run_action(action, checked, caller);
}

int run_unmute(const ActionOptions& options, Caller& caller) {
  return run_action({"unmute", "DELETE", "/mute", "unmuted"}, options, caller);
}

}  // namespace rollcall::cli
