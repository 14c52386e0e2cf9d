// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "bridge/adapters/sqlite/sqlite_reader.hpp"
#include "bridge/adapters/system/read_config.hpp"
#include "bridge/cli/asking.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/cli/text/history_text.hpp"
#include "bridge/core/explain/explanation.hpp"

namespace rollcall::cli {

int run_explain(const ExplainOptions& options, Time now, std::ostream& out, std::ostream& err) {
  const auto give_up = [&](int exit_code, const std::string& why) {
    err << "rollcall explain: " << why << '\n';
    return exit_code;
  };
  const auto config = read_config(options.config_file);
  if (!config) return give_up(kConfiguration, config.error().message);
  auto stored = read_stored_device(config->store_path, options.device, kRowsToLookAt);
  if (!stored) return give_up(kUnavailable, stored.error().message);
  if (!stored->record && stored->rows.empty()) {
    return give_up(kUsage, unknown_device(options.device, stored->known, *config));
  }
  const auto explanation = explain(options.device, *std::move(stored), *config, now);
  out << (options.json ? to_json(explanation) + '\n' : to_text(explanation));
  return kOk;
}

int run_explain_by_url(const std::string& device, bool json, Caller& caller) {
  const auto explanation = caller.get(device_path(device, "/explain"));
  if (!explanation) return caller.give_up(explanation.error());
  caller.console().out << (json ? json_line(*explanation) + '\n' : explanation_text(*explanation));
  return kOk;
}

}  // namespace rollcall::cli
