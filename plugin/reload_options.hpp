// SPDX-License-Identifier: Apache-2.0
// Which lines Mosquitto 2.0 takes at a SIGHUP: one that it refuses makes it keep what it had, so a reader
// that wants to know what the broker knows must refuse the same.
#pragma once

#include <set>
#include <string>

#include "plugin/mosquitto_conf.hpp"

namespace rollcall::plugin {

/// For one reading of the configuration. Options that decide on logins are none of its business.
class ReloadOptions {
 public:
  /// `patch`: N of 2.0.N, 0 if it isn't known.
  explicit ReloadOptions(int patch) : patch_(patch) {}

  enum class Answer { taken, refused, depends_on_version };
  Answer ask(const ConfLine& line);

 private:
  const int patch_;
  std::set<std::string, std::less<>> seen_;  // of those that may stand there once
};

}  // namespace rollcall::plugin
