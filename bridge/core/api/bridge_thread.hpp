// SPDX-License-Identifier: Apache-2.0
// The port by which the API, which has a thread of its own, reaches the bridge on the bridge's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "bridge/core/pipeline/bridge.hpp"

namespace rollcall {

class BridgeThread {
 public:
  virtual ~BridgeThread() = default;

  /// Calls `portion` on the bridge's thread, again and again with the bridge's own work in between, until it
  /// returns true. A portion takes at most 5 ms. Then calls `done` on the API's thread. Neither is called if
  /// the bridge stops.
  using Portion = std::function<bool(const Bridge& bridge, Time now)>;
  virtual void read(Portion portion, std::function<void()> done) = 0;

  /// Calls `change` on the bridge's thread once. It returns the number of the write that stores it, as
  /// Bridge::command() does, or why it can't be. Calls `done` on the API's thread once it is stored: with
  /// what is to be said beside, which is mostly empty, or with the error.
  using Change = std::function<Result<std::uint64_t>(Bridge& bridge, Time now)>;
  virtual void change(Change change, std::function<void(Result<std::string>)> done) = 0;
};

}  // namespace rollcall
