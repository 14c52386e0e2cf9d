// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "base/duration.hpp"
#include "base/quoting.hpp"
#include "bridge/cli/asking.hpp"
#include "bridge/cli/subcommands.hpp"

namespace rollcall::cli {
namespace {

int release(const SetOptions& options, Caller& caller) {
  if (!options.status.empty() || !options.wait.empty() || options.hold) {
    return caller.refuse("--release takes back what was set: no STATUS, --for or --hold goes with it");
  }
  ActionOptions action;
  action.device = options.device;
  action.json = options.json;
  return run_release(action, caller);
}

}  // namespace

int run_set(const SetOptions& options, Caller& caller) {
  if (options.release) return release(options, caller);
  if (options.status.empty()) return caller.refuse("a STATUS is missing, or --release");
  Json body{{"status", options.status}};
  std::string words = options.status;
  if (!options.wait.empty()) {
    const auto wait = parse_duration(options.wait);
    if (!wait) return caller.refuse("--for: " + wait.error().message);
    body["for"] = format_duration(*wait);
    words += " for " + format_duration(*wait);
  }
  if (options.hold) {
    body["hold"] = true;
    words += ", and held";
  }
  const auto device = caller.ask("PUT", device_path(options.device, "/status"), body);
  if (!device) return caller.give_up(device.error());
  auto& out = caller.console().out;
  if (options.json) {
    out << json_line(*device) << '\n';
  } else {
    out << quoted_unless_plain(options.device) << " is set to " << words << '\n';
  }
  return kOk;
}

}  // namespace rollcall::cli
