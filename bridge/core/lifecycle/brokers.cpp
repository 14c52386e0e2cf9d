// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/brokers.hpp"

#include <algorithm>

namespace rollcall {

std::optional<Time> BrokerState::next_outage_step() const {
  if (!outage) return std::nullopt;
  const Time step = outage->next_step();
  return connections.covers(step) ? std::optional(step) : std::nullopt;
}

BrokerState* Brokers::find(std::uint32_t broker) {
  const auto found = all_.find(broker);
  return found == all_.end() ? nullptr : &found->second;
}

const BrokerState* Brokers::find(std::uint32_t broker) const {
  const auto found = all_.find(broker);
  return found == all_.end() ? nullptr : &found->second;
}

bool Brokers::is_over(const ConnectionId& id) const {
  const BrokerState* const broker = find(id.broker);
  return broker != nullptr && broker->boot && *broker->boot != id.boot;
}

std::optional<Time> Brokers::missing_since(std::size_t device) const {
  std::optional<Time> since;
  for (const auto& [number, broker] : all_) {
    if (!broker.outage) continue;
    const auto found = broker.outage->missing().find(device);
    if (found != broker.outage->missing().end()) {
      since = std::max(since, std::optional(found->second.lost_at));
    }
  }
  return since;
}

std::optional<Time> Brokers::next_outage_step() const {
  std::optional<Time> next;
  for (const auto& [number, broker] : all_) {
    const auto step = broker.next_outage_step();
    if (step && (!next || *step < *next)) next = step;
  }
  return next;
}

}  // namespace rollcall
