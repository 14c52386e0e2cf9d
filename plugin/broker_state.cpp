// SPDX-License-Identifier: Apache-2.0
#include "plugin/broker_state.hpp"

#include <utility>

namespace rollcall::plugin {

void BrokerState::stood_still(const stream::StoodStill& stall) {
  stalls_.push_back(stall);
  if (stalls_.size() > kMaxPastStalls) stalls_.pop_front();
  stream_.add(stall);
}

void BrokerState::set_cause_log(CauseLog log) {
  if (std::exchange(cause_log_, log) != log) stream_.add(stream::CauseLogState{log});
}

void BrokerState::emit_all() const {
  stream_.add(stream::CauseLogState{cause_log_});
  for (const auto& stall : stalls_) stream_.add(stall);
}

}  // namespace rollcall::plugin
