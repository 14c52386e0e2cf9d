// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/fleet_history.hpp"

#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {
namespace {

/// The multiple of kEvery by then.
Time multiple_by(Time now) {
  using Step = std::chrono::duration<Millis::rep, std::ratio<300>>;
  static_assert(Step{1} == FleetHistory::kEvery);
  return std::chrono::floor<Step>(now);
}

}  // namespace

FleetHistory::FleetHistory(Time now) : next_(multiple_by(now) + kEvery) {}

void FleetHistory::sample(const Engine& engine, Time now) {
  if (now < next_) return;
  if (waiting_.size() >= kMostWaiting) waiting_.erase(waiting_.begin());
  const Time at = multiple_by(now);
  waiting_.push_back({at, engine.fleet().templates});
  next_ = at + kEvery;
}

std::vector<FleetSample> FleetHistory::take() { return std::exchange(waiting_, {}); }

void FleetHistory::clock_stepped(Millis by, Time now) {
  for (FleetSample& each : waiting_) move_along(each.at, by);
  next_ = multiple_by(now) + kEvery;
}

}  // namespace rollcall
