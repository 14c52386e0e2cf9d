// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "bridge/adapters/system/read_config.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/core/config/advice.hpp"
#include "bridge/daemon/read_secrets.hpp"

namespace rollcall::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Calls `write` for each and puts `separator` between.
template <typename Items, typename Write>
std::string joined(const Items& items, std::string_view separator, Write write) {
  std::string out;
  for (const auto& item : items) {
    if (!out.empty()) out += separator;
    out += write(item);
  }
  return out;
}

std::string chain_of(const TemplateDefinition& definition) {
  return joined(definition.statuses, " → ", [&](const StatusDefinition& status) {
    const bool is_first = &status == definition.statuses.data();
    return is_first ? status.key : fmt::format("{} → {}", format_duration(status.after), status.key);
  });
}

/// Where a template branches: "standby after 5m".
std::string branch_of(const TemplateDefinition& definition, const Branch& branch) {
  return fmt::format("{} after {}", definition.statuses[branch.status].key, format_duration(branch.after));
}

bool branches(const TemplateDefinition& definition) {
  const auto is_usual = [&](const Branch& branch) {
    return branch.status == 1 && branch.after == definition.statuses[1].after;
  };
  return !is_usual(definition.on_graceful) || !is_usual(definition.on_non_graceful);
}

std::string summary(const Config& config) {
  auto text = fmt::format("brokers: {}\n", joined(config.brokers, ", ", [](const BrokerConfig& broker) {
                            return fmt::format("{} ({})", broker.name, broker.uri);
                          }));
  text += "templates:\n";
  for (const auto& definition : config.templates) {
    text += fmt::format("  {}: {}\n", definition.name, chain_of(definition));
    if (branches(definition)) {
      text += fmt::format("    first, when graceful: {}; when not: {}\n",
                          branch_of(definition, definition.on_graceful),
                          branch_of(definition, definition.on_non_graceful));
    }
  }
  text += fmt::format("device rules: {}\n", config.devices.size());
  for (const auto& warning : config.warnings) text += fmt::format("warning: {}\n", warning);
  for (const auto& advice : advice_for(config)) text += fmt::format("note: {}\n", advice);
  if (!config.not_yet_used.empty()) {
    text += fmt::format("note: checked, but without effect in this version: {}\n",
                        joined(config.not_yet_used, ", ", [](const std::string& path) { return path; }));
  }
  return text;
}

Json json_summary(const Config& config) {
  Json brokers = Json::array(), templates = Json::array();
  for (const auto& broker : config.brokers) brokers.push_back({{"name", broker.name}, {"uri", broker.uri}});
  for (const auto& definition : config.templates) {
    Json statuses = Json::array();
    for (const auto& status : definition.statuses) {
      const Json after = statuses.empty() ? Json() : Json(format_duration(status.after));
      statuses.push_back({{"status", status.key}, {"after", after}});
    }
    templates.push_back({{"name", definition.name}, {"statuses", std::move(statuses)}});
  }
  return {{"ok", true},
          {"brokers", std::move(brokers)},
          {"templates", std::move(templates)},
          {"device_rules", config.devices.size()},
          {"not_in_this_version", config.not_yet_used},
          {"warnings", config.warnings}};
}

void print(std::ostream& out, const Json& json) {
  out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace

int run_check(const CheckOptions& options, std::ostream& out, std::ostream& err) {
  const auto refuse = [&](const Error& error) {
    if (options.json) {
      print(out, {{"ok", false}, {"error", error.message}});
    } else {
      err << error.message << '\n';
    }
    return kConfiguration;
  };
  auto config = read_config(options.config_file);
  if (!config) return refuse(config.error());
  if (const auto passwords = read_secrets(*config); !passwords) return refuse(passwords.error());
  if (options.json) {
    print(out, json_summary(*config));
  } else {
    out << options.config_file << ": ok\n" << summary(*config);
  }
  return kOk;
}

}  // namespace rollcall::cli
