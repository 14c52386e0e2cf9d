// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/actions.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/cli/text/words.hpp"

namespace rollcall::cli {
namespace {

int act_on_device(const Action& action, const ActionOptions& options, Caller& caller) {
  const auto device = caller.ask(action.method, device_path(options.device, action.path), action.body);
  if (!device) return caller.give_up(device.error());
  auto& out = caller.console().out;
  if (!options.json) {
    out << quoted_unless_plain(options.device) << " is " << action.done << '\n';
  } else if (!device->is_null()) {
    out << json_line(*device) << '\n';
  }
  return kOk;
}

bool is_agreed(const Action& action, std::uint64_t count, Caller& caller) {
  auto& console = caller.console();
  console.err << fmt::format("{} {}? [y/N] ", action.name, counted(count, "device")) << std::flush;
  std::string answer;
  std::getline(console.in, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::string result_words(const Action& action, const Json& result) {
  const auto done = number_of(result, "done");
  const auto skipped = number_of(result, "skipped");
  auto words = fmt::format("{} {} {}", counted(done, "device"), done == 1 ? "is" : "are", action.done);
  if (skipped > 0) words += fmt::format("; {} skipped, where that isn't possible", skipped);
  return words;
}

int act_on_many(const Action& action, const ActionOptions& options, Caller& caller) {
  auto& console = caller.console();
  Json body{{"action", action.name}, {"filter", filter_json(options.filter)}};
  if (!options.wait.empty()) body["for"] = options.wait;
  const std::string path = "/api/v1/devices/actions";
  const auto count = caller.ask("POST", path, body);
  if (!count) return caller.give_up(count.error());
  const auto matched = number_of(*count, "matched");
  if (matched == 0) {
    console.out << (options.json ? json_line(*count) : "no device is in this filter") << '\n';
    return kOk;
  }
  if (!options.yes) {
    if (!console.is_terminal_in || !console.is_terminal_err) {
      return caller.refuse(fmt::format("it would be {}; --yes does it", counted(matched, "device")));
    }
    if (!is_agreed(action, matched, caller)) return caller.refuse("nothing is done");
  } else if (!options.json) {
    console.out << fmt::format("{} in this filter", counted(matched, "device")) << '\n' << std::flush;
  }
  body["expect"] = matched;
  const auto result = caller.ask("POST", path, body);
  if (!result) return caller.give_up(result.error());
  console.out << (options.json ? json_line(*result) : result_words(action, *result)) << '\n';
  return kOk;
}

}  // namespace

int run_action(const Action& action, const ActionOptions& options, Caller& caller) {
  const bool has_filter = !options.filter.is_empty();
  if (options.device.empty() && !has_filter) {
    return caller.refuse("a DEVICE is missing, or a filter such as --status offline");
  }
  if (!options.device.empty() && has_filter) return caller.refuse("a DEVICE or a filter, not both");
  return has_filter ? act_on_many(action, options, caller) : act_on_device(action, options, caller);
}

}  // namespace rollcall::cli
