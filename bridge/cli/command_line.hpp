// SPDX-License-Identifier: Apache-2.0
// The command line as a tree of subcommands and options: read here, and where completion and man pages come
// from. command_line_*.cpp have the subcommands by groups.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "bridge/cli/bridge_api.hpp"
#include "bridge/cli/console.hpp"

namespace rollcall::cli {

class CommandLine {
 public:
  using ReachBridge = std::function<Outcome<std::unique_ptr<BridgeApi>>(
      const BridgeAddress& address, const std::function<void(const std::string&)>& warn)>;

  /// `console` must outlive it.
  explicit CommandLine(Console& console, ReachBridge reach = reach_bridge);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// Reads the arguments, without the program's name, does what they say, and returns the exit code.
  int run(std::vector<std::string> arguments);

  const CLI::App& app() const { return app_; }

  // For command_line_*.cpp.
  struct Help {
    std::string name, group, description;
    std::string example;  ///< lines, each a whole command
  };
  /// Adds a subcommand that runs `run` when it is the one that was typed.
  CLI::App* add(const Help& help, std::function<int()> run);
  Console& console() const { return console_; }
  /// Reaches the bridge and calls `act` with it, under the subcommand's name.
  int ask_bridge(const std::string& name, const BridgeAddress& address,
                 const std::function<int(class Caller&)>& act) const;

 private:
  int report(const CLI::ParseError& error) const;

  Console& console_;
  const ReachBridge reach_;
  CLI::App app_;
  std::function<int()> chosen_;
};

inline constexpr const char* kExitCodes =
    "Exit codes: 0 done; 64 wrong usage, or the bridge refuses; 69 the bridge can't be reached or isn't\n"
    "ready, or the store isn't there; 70 an internal error; 78 the configuration is wrong.";

inline constexpr const char* kLookingGroup = "What is there, and why";
inline constexpr const char* kChangingGroup = "What operators change";
inline constexpr const char* kRunningGroup = "Running and configuring";

void add_looking_commands(CommandLine& line);
void add_changing_commands(CommandLine& line);
void add_running_commands(CommandLine& line);

/// The options that say which bridge is asked.
void add_address_options(CLI::App& command, BridgeAddress& address);
void add_json_flag(CLI::App& command, bool& json, const std::string& what);
void add_filter_options(CLI::App& command, struct FilterOptions& filter);

}  // namespace rollcall::cli
