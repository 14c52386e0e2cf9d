// SPDX-License-Identifier: Apache-2.0
// Reads files in the form of mosquitto.conf as Mosquitto reads them: lines, words, and which included files
// come in which order. What the options mean is left to a ConfHandler. No state, any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace rollcall::plugin {

/// The files, as a port: plugin/mosquitto/process.hpp has those on the disk.
struct ConfigurationFiles {
  std::function<Result<std::string>(const std::string& path)> read;
  /// Returns the paths of *.conf in a folder, in any order.
  std::function<Result<std::vector<std::string>>(const std::string& folder)> list;
  /// True if that path of a `plugin` line leads to this plugin.
  std::function<bool(std::string_view path)> is_ours;
};

/// An option and what follows the one space behind its name.
struct ConfLine {
  std::string_view name, rest;
};

/// Returns the option of a line; empty if the broker skips the line. Only spaces divide words: a tab belongs
/// to its word.
std::optional<ConfLine> conf_line(std::string_view line);

/// Returns the first word of `rest` and takes it away; "" if there is none.
std::string_view next_word(std::string_view& rest);

/// Returns the first word as a boolean; empty if the broker refuses it. What follows is ignored.
std::optional<bool> conf_bool(std::string_view rest);

/// Returns the first word as a number; 0 if it is none.
long conf_number(std::string_view rest);

/// Returns all of `rest` without the blanks around it; empty if the broker refuses it.
std::optional<std::string> conf_text(std::string_view rest);

/// Returns what follows the port of a `listener` line: an address, or the path of a Unix socket.
std::optional<std::string> conf_host(std::string_view rest);

/// True for options that belong to a listener where `per_listener_settings` is on. So do plugins, which
/// aren't among them.
bool is_security_option(std::string_view name);

/// Sorts included files into the broker's order: by their letters without case; if these are the same, the
/// capital first.
void sort_included(std::vector<std::string>& paths);

/// What read_conf() calls.
class ConfHandler {
 public:
  virtual ~ConfHandler() = default;
  /// Around each file: an included one begins outside of every listener.
  virtual void file_begins() = 0;
  virtual void file_ends() = 0;
  /// A file has a zero byte. A broker stops reading somewhere in that line as if the file ended there; the
  /// reading fails.
  virtual void zero_byte() {}
  /// An error ends the reading.
  virtual Result<void> option(const ConfLine& line) = 0;
};

/// Reads `path` and what it includes. `include_dir` counts in `path` itself only; 2.1 refuses it elsewhere.
Result<void> read_conf(const std::string& path, const ConfigurationFiles& files, bool is_v21,
                       ConfHandler& handler);

}  // namespace rollcall::plugin
