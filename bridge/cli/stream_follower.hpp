// SPDX-License-Identifier: Apache-2.0
// Follows GET /api/v1/stream, and goes on where it was when the bridge has been away.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "bridge/cli/caller.hpp"

namespace rollcall::cli {

/// What whoever follows does. The functions that return bool say whether to go on.
struct Following {
  std::string path;               ///< with the query
  bool resumes = false;           ///< asks for what it has missed, by Last-Event-ID
  std::function<bool()> on_open;  ///< the stream is open, for the first time or again
  std::function<bool(const ServerEvent&)> on_event;
  std::function<bool()> on_pause;                   ///< a few times a second, also while the bridge is away
  std::function<void(const std::string&)> on_away;  ///< it is away, and why
};

/// Returns once the one who follows doesn't go on; or a failure, if the bridge can't be reached at first, or
/// refuses.
std::optional<Failure> follow_stream(Caller& caller, const Following& following);

}  // namespace rollcall::cli
