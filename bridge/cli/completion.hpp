// SPDX-License-Identifier: Apache-2.0
// What makes a shell complete the command line, made from the tree that reads it. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace rollcall::cli {

/// What can be typed for an option or an argument.
struct CompletedValue {
  bool is_taken = false;  ///< false: a flag
  bool is_file = false;
  std::vector<std::string> choices;  ///< empty: nobody can tell
};
struct CompletedOption {
  std::vector<std::string> names;  ///< "-c", "--config"
  std::string help;
  CompletedValue value;
};
struct CompletedCommand {
  std::string name, help;
  std::vector<CompletedOption> options;
  std::vector<CompletedValue> arguments;  ///< in order
};
std::vector<CompletedCommand> completed_commands(const CLI::App& app);

/// `shell`: "bash", "zsh" or "fish".
std::string completion_script(std::string_view shell, const CLI::App& app);

}  // namespace rollcall::cli
