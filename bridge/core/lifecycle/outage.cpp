// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/outage.hpp"

#include <algorithm>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {

void Outage::add_missing(std::size_t device, Missing missing) {
  if (missing_.emplace(device, missing).second) grace_ends_.emplace(missing.grace_ends, device);
}

bool Outage::take_missing(std::size_t device) {
  const auto found = missing_.find(device);
  if (found == missing_.end()) return false;
  grace_ends_.erase({found->second.grace_ends, device});
  missing_.erase(found);
  return true;
}

std::optional<std::pair<std::size_t, Outage::Missing>> Outage::take_given_up(Time at) {
  if (grace_ends_.empty() || grace_ends_.begin()->first != at) return std::nullopt;
  const std::size_t device = grace_ends_.begin()->second;
  const Missing missing = missing_.at(device);
  take_missing(device);
  return std::pair(device, missing);
}

Time Outage::next_step() const {
  if (!grace_ends_.empty()) return grace_ends_.begin()->first;
  return facts.stall ? facts.stall->losses_until : facts.grace_ends;
}

void Outage::clock_stepped(Millis by) {
  move_along(facts, by);
  for (auto& [device, missing] : missing_) move_along(missing.lost_at, by);
  change_graces([by](Time grace_ends) {
    move_along(grace_ends, by);
    return grace_ends;
  });
}

void Outage::pull_back(Time now, Time latest_grace) {
  facts.back_at = std::min(facts.back_at, now);
  facts.began = std::min(facts.began, facts.back_at);
  facts.grace_ends = std::min(facts.grace_ends, latest_grace);
  if (facts.stall) facts.stall->began = std::min(facts.stall->began, now);
  if (facts.stall) facts.stall->losses_until = std::min(facts.stall->losses_until, latest_grace);
  for (auto& [device, missing] : missing_) missing.lost_at = std::min(missing.lost_at, now);
  change_graces([&](Time grace_ends) { return std::min(grace_ends, latest_grace); });
}

}  // namespace rollcall
