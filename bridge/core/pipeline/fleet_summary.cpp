// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/fleet_summary.hpp"

#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"
#include "topics/payloads.hpp"

namespace rollcall {
namespace {

constexpr Millis kEvery{1000};

}  // namespace

void FleetSummary::publish(const Engine& engine, Time now) {
  if (!is_stale_ || now - published_ < kEvery) return;
  is_stale_ = false;
  auto payload = to_json(engine.fleet());
  if (payload == payload_) return;
  payload_ = std::move(payload);
  published_ = now;
  publisher_.publish_everywhere(topics_.fleet(), payload_, true);
}

Time FleetSummary::next_deadline() const { return is_stale_ ? published_ + kEvery : Time::max(); }

void FleetSummary::clock_stepped(Millis by) { move_along(published_, by); }

}  // namespace rollcall
