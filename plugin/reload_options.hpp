// SPDX-License-Identifier: Apache-2.0
// Which lines Mosquitto 2.0 takes at a SIGHUP. If it refuses one it keeps the settings that it had, so
// whoever wants to know its settings must refuse the same lines.
#pragma once

#include <set>
#include <string>

#include "plugin/conf_reader.hpp"

namespace rollcall::plugin {

/// For one reading of the configuration. Options that decide on logins are left to the caller.
class ReloadOptions {
 public:
  /// `patch`: N of 2.0.N, 0 if it isn't known.
  explicit ReloadOptions(int patch) : patch_(patch) {}

  enum class Answer { taken, refused, depends_on_version };
  /// Returns what the broker makes of the line; `depends_on_version` if its version isn't known.
  Answer ask(const ConfLine& line);

 private:
  const int patch_;
  std::set<std::string, std::less<>> seen_;  // options seen, of those that are refused the second time
};

}  // namespace rollcall::plugin
