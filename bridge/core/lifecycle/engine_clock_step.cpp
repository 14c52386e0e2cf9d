// SPDX-License-Identifier: Apache-2.0
// Rule 11: when the wall clock is set, every time that is kept moves along with it, and waits go on as they
// were.
#include <algorithm>
#include <utility>
#include <vector>

#include "bridge/core/lifecycle/clock_step.hpp"
#include "bridge/core/lifecycle/engine_state.hpp"

namespace rollcall {
namespace {

/// What has happened, as far as the device remembers.
template <typename Visit>
void for_each_past(Device& device, const Visit& visit) {
  visit(device.since);
  visit(device.heard);
  visit(device.last_seen);
  visit(device.published_last_seen);
  visit(device.latest);
  visit(device.last_end.at);
  if (device.wait) visit(device.wait->began);
  if (device.declaration) visit(device.declaration->at);
  if (device.set) visit(device.set->since);
  if (!device.changes) return;
  for (Time& change : *device.changes) visit(change);
}

/// What is still to come.
template <typename Visit>
void for_each_due(Device& device, const Visit& visit) {
  if (device.wait) visit(device.wait->due);
  if (device.wait) visit(device.wait->not_before);
  if (device.set && device.set->until) visit(*device.set->until);
}

/// Those of one instant keep their order.
void move_timers(Timers& timers, Millis by) {
  std::vector<Timers::Timer> all;
  while (const auto timer = timers.pop_due(Time::max())) all.push_back(*timer);
  for (const auto& timer : all) {
    Time due = timer.due;
    move_along(due, by);
    timers.set(timer.index, due);
  }
}

}  // namespace

void Engine::State::move_devices(Millis by) {
  const auto move = [by](Time& time) { move_along(time, by); };
  for (Device& device : devices) {
    if (device.is_gone()) continue;
    for_each_past(device, move);
    for_each_due(device, move);
  }
  for (auto* all : {&connections, &detached.connections}) {
    all->change_each([&](Connection& connection) { move(connection.last_packet); });
  }
  move_timers(timers, by);
  move_timers(steady_timers, by);
  takeovers.clock_stepped(by);
}

void Engine::State::move_brokers(Millis by) {
  for (auto& [number, broker] : brokers) {
    broker.connections.clock_stepped(by);
    broker.activity.clock_stepped(by);
    if (!broker.outage) continue;
    OutageRecord& facts = broker.outage->facts;
    for (Time* time : {&facts.began, &facts.back_at, &facts.grace_ends}) move_along(*time, by);
    if (facts.stall) move_along(facts.stall->began, by);
    if (facts.stall) move_along(facts.stall->losses_until, by);
    for (auto& [index, missing] : broker.outage->missing) move_along(missing.lost_at, by);
    broker.outage->change_graces([by](Time grace_ends) {
      move_along(grace_ends, by);
      return grace_ends;
    });
  }
}

const Effects& Engine::clock_stepped(Millis by, Time now) {
  state_->begin(now - by, kMaxDuePerCall);
  state_->move_devices(by);
  state_->move_brokers(by);
  move_along(state_->now, by);  // it may be later than what was handed in
  for (std::size_t index = 0; index < state_->devices.size(); ++index) {
    if (!state_->devices[index].is_gone()) state_->touch(index);
  }
  return state_->finish();
}

/// True if anything of this device lay in the future: it counts as now, and what follows from it is worked
/// out again.
bool Engine::State::pull_back(std::size_t index) {
  Device& device = devices[index];
  bool is_changed = false;
  const Millis ahead = device.set ? device.set->since - now : Millis{0};
  for_each_past(device, [&](Time& time) {
    if (time <= now || time == Time::max()) return;
    time = now;
    is_changed = true;
  });
  if (device.set && device.set->until && ahead > Millis{0}) *device.set->until -= ahead;
  if (!is_changed) return false;

  if (device.is_flapping) {
    steady_timers.set(index, device.changes->back() + device.definition->flapping->hold);
  }
  if (device.wait) {
    Wait wait = *device.wait;
    if (wait.not_before != Time::min()) wait.not_before = std::min(wait.not_before, now + outage_grace);
    switch (wait.kind) {
      case WaitKind::first:
        begin_first_wait(index, wait.began, wait.not_before);
        break;
      case WaitKind::next:
      case WaitKind::forget:
        begin_next_wait(index, wait.began, wait.not_before, wait.by_operator);
        break;
      case WaitKind::late:
        begin_late_wait(index);
        break;
    }
  } else {
    arm(index);
  }
  return true;
}

std::size_t Engine::correct_stored_times(
    Millis by, const std::function<void(std::string_view device, std::uint64_t seq)>& visit) {
  State& state = *state_;
  const std::size_t touched_before = state.touched.size();
  if (by != Millis{0}) {
    state.move_devices(by);
    state.move_brokers(by);
  }
  std::size_t from_the_future = 0;
  std::vector<std::size_t> corrected;
  for (std::size_t index = 0; index < state.devices.size(); ++index) {
    if (state.devices[index].is_gone()) continue;
    const bool is_pulled_back = state.pull_back(index);
    if (is_pulled_back) ++from_the_future;
    if (is_pulled_back || by != Millis{0}) corrected.push_back(index);
  }
  for (auto* all : {&state.connections, &state.detached.connections}) {
    all->change_each([&](Connection& connection) {
      connection.last_packet = std::min(connection.last_packet, state.now);
    });
  }
  state.takeovers.pull_back(state.now);
  const auto pull_back = [&](Time& time, Time latest) { time = std::min(time, latest); };
  for (auto& [number, broker] : state.brokers) {
    broker.connections.pull_back(state.now);
    broker.activity.pull_back(state.now);
    if (!broker.outage) continue;
    OutageRecord& facts = broker.outage->facts;
    const Time latest_grace = state.now + state.outage_grace;
    pull_back(facts.back_at, state.now);
    pull_back(facts.began, facts.back_at);
    pull_back(facts.grace_ends, latest_grace);
    if (facts.stall) pull_back(facts.stall->began, state.now);
    if (facts.stall) pull_back(facts.stall->losses_until, latest_grace);
    for (auto& [index, missing] : broker.outage->missing) pull_back(missing.lost_at, state.now);
    broker.outage->change_graces([&](Time grace_ends) { return std::min(grace_ends, latest_grace); });
  }
  // When these are published is for the caller to say.
  for (std::size_t i = touched_before; i < state.touched.size(); ++i) {
    state.devices[state.touched[i]].touched = false;
  }
  state.touched.resize(touched_before);
  for (const std::size_t index : corrected) {
    state.change(index);
    visit(state.devices[index].id(), state.devices[index].seq);
  }
  return from_the_future;
}

void Engine::hold(bool on) { state_->is_held = on; }

}  // namespace rollcall
