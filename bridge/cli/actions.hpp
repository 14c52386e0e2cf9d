// SPDX-License-Identifier: Apache-2.0
// What is done to one device, or to all of a filter: the way that release, mute, unmute and forget share.
#pragma once

#include <optional>
#include <string>

#include "bridge/cli/asking.hpp"

namespace rollcall::cli {

struct Action {
  std::string name;            ///< "forget": of the subcommand, and in POST /api/v1/devices/actions
  std::string method, path;    ///< for one device: "DELETE", "/mute"
  std::string done;            ///< "forgotten", "muted for 2h"
  std::optional<Json> body{};  ///< for one device
};

/// Many at once only after a question on a terminal, or with --yes.
int run_action(const Action& action, const ActionOptions& options, Caller& caller);

}  // namespace rollcall::cli
