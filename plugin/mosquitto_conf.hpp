// SPDX-License-Identifier: Apache-2.0
// mosquitto.conf as Mosquitto reads it: lines, words, and which files come in which order. What the options
// mean is left to a ConfHandler. No state, any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace rollcall::plugin {

/// Reads files and lists folders: the outside of this file.
struct ConfigurationFiles {
  std::function<Result<std::string>(const std::string& path)> read;
  /// Paths of *.conf, in any order.
  std::function<Result<std::vector<std::string>>(const std::string& folder)> list;
  /// True if that path of a `plugin` line leads to this plugin.
  std::function<bool(std::string_view path)> is_ours;
};

/// `rest` begins behind the one space that ends the name.
struct ConfLine {
  std::string_view name, rest;
};

/// Without its value if the broker skips the line. Only spaces divide words: a tab belongs to its word.
std::optional<ConfLine> conf_line(std::string_view line);

/// Returns the first word of `rest` and takes it away; empty if there is none.
std::string_view next_word(std::string_view& rest);

/// By the first word alone; without a value if the broker refuses it.
std::optional<bool> conf_bool(std::string_view rest);

/// By the first word alone, 0 if it is no number.
long conf_number(std::string_view rest);

/// All of `rest` without the blanks around it; without a value if the broker refuses it.
std::optional<std::string> conf_text(std::string_view rest);

/// What stands behind the port of a `listener` line: an address, or the path of a Unix socket.
std::optional<std::string> conf_host(std::string_view rest);

/// True for what belongs to a listener where `per_listener_settings` is on. Plugins do, too.
bool is_security_option(std::string_view name);

/// Brings included files into the broker's order: letters without their case, and of the same the capital
/// first.
void sort_included(std::vector<std::string>& paths);

/// What read_conf() finds.
class ConfHandler {
 public:
  virtual ~ConfHandler() = default;
  /// Around each file: an included one begins outside of every listener, and so does what follows nowhere.
  virtual void file_begins() = 0;
  virtual void file_ends() = 0;
  /// A broker stops reading somewhere in that line, but goes on as if it was the end: the reading fails.
  virtual void zero_byte() {}
  /// An error ends the reading.
  virtual Result<void> option(const ConfLine& line) = 0;
};

/// Reads `path` and what it includes. `include_dir` counts in `path` itself only; 2.1 refuses it elsewhere.
Result<void> read_conf(const std::string& path, const ConfigurationFiles& files, bool is_v21,
                       ConfHandler& handler);

}  // namespace rollcall::plugin
