// SPDX-License-Identifier: Apache-2.0
// What the bridge must know of the broker itself: when it stood still, and whether its log has the causes of
// disconnects. Each change goes to the event stream, and all of it into each snapshot.
#pragma once

#include <cstddef>
#include <deque>

#include "base/cause.hpp"
#include "plugin/event_stream.hpp"

namespace rollcall::plugin {

/// Remembered stalls; beyond that the oldest is forgotten.
inline constexpr std::size_t kMaxPastStalls = 100;

class BrokerState {
 public:
  /// `stream` must outlive it.
  explicit BrokerState(EventStream& stream) : stream_(stream) {}

  /// The broker was away. Call it before the ends that this caused.
  void stood_still(const stream::StoodStill& stall);

  /// Emits the state of the broker's log if it has changed.
  void set_cause_log(CauseLog log);

  /// Emits everything, as a snapshot has it.
  void emit_all() const;

 private:
  EventStream& stream_;
  std::deque<stream::StoodStill> stalls_;
  CauseLog cause_log_ = CauseLog::complete;
};

}  // namespace rollcall::plugin
