// SPDX-License-Identifier: Apache-2.0
// Rule 13: clients that fight over one client id leave their device as it is, but marked. Internal to the
// engine.
#pragma once

#include <cstddef>

#include "bridge/core/lifecycle/engine_data.hpp"

namespace rollcall {

class Conflicts {
 public:
  explicit Conflicts(EngineData& data) : data_(data) {}

  /// At a takeover a connection is handed in right before the end of the older one.
  void note_opened(const ConnectionId& id) { last_opened_ = id; }
  /// `ended` isn't among the connections that live any more.
  void note_takeover(const Connection& ended, Time at);
  void end_next();
  void forget(std::size_t index);
  void restore(std::size_t index, const DeviceRecord& record);

 private:
  const Connection* newcomer_after(const Connection& ended) const;
  void mark(Takeovers::Entry& conflict, std::size_t index);

  EngineData& data_;
  ConnectionId last_opened_;
};

}  // namespace rollcall
