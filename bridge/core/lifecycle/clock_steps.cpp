// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/clock_steps.hpp"

#include <algorithm>
#include <vector>

#include "bridge/core/lifecycle/clock_step.hpp"

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

void ClockSteps::move_devices(Millis by) {
  const auto move = [by](Time& time) { move_along(time, by); };
  data_.devices.for_each([&](std::size_t /*index*/, Device& device) {
    for_each_past(device, move);
    for_each_due(device, move);
  });
  const auto move_connection = [&](Connection& connection) {
    move(connection.since);
    move(connection.last_packet);
  };
  data_.connections.change_each(move_connection);
  data_.detached.change_each(move_connection);
  for (auto& [index, until] : data_.muted_until) move(until);
  move_timers(data_.timers, by);
  move_timers(data_.steady_timers, by);
  data_.takeovers.clock_stepped(by);
}

void ClockSteps::move(Millis by) {
  move_devices(by);
  for (auto& [number, broker] : data_.brokers) {
    broker.connections.clock_stepped(by);
    broker.activity.clock_stepped(by);
    if (broker.outage) broker.outage->clock_stepped(by);
  }
}

/// True if anything of this device lay in the future: it counts as now, and what follows from it is worked
/// out again.
bool ClockSteps::pull_back(std::size_t index) {
  Device& device = data_.devices[index];
  bool is_changed = false;
  const Millis ahead = device.set ? device.set->since - data_.now : Millis{0};
  for_each_past(device, [&](Time& time) {
    if (time <= data_.now || time == Time::max()) return;
    time = data_.now;
    is_changed = true;
  });
  if (device.set && device.set->until && ahead > Millis{0}) *device.set->until -= ahead;
  if (!is_changed) return false;

  if (device.is_flapping) {
    data_.steady_timers.set(index, device.changes->back() + device.definition->flapping->hold);
  }
  if (device.wait) {
    Wait wait = *device.wait;
    if (wait.not_before != Time::min())
      wait.not_before = std::min(wait.not_before, data_.now + data_.outage_grace);
    switch (wait.kind) {
      case WaitKind::first:
        waits_.begin_first_wait(index, wait.began, wait.not_before);
        break;
      case WaitKind::next:
      case WaitKind::forget:
        waits_.begin_next_wait(index, wait.began, wait.not_before, wait.by_operator);
        break;
      case WaitKind::late:
        waits_.begin_late_wait(index);
        break;
    }
  } else {
    waits_.arm(index);
  }
  return true;
}

std::size_t ClockSteps::correct_stored_times(
    Millis by, const std::function<void(std::string_view device, std::uint64_t seq)>& visit) {
  const std::size_t touched_before = data_.devices.touched_count();
  if (by != Millis{0}) move(by);
  std::size_t from_the_future = 0;
  std::vector<std::size_t> corrected;
  data_.devices.for_each([&](std::size_t index, const Device& /*device*/) {
    const bool is_pulled_back = pull_back(index);
    if (is_pulled_back) ++from_the_future;
    if (is_pulled_back || by != Millis{0}) corrected.push_back(index);
  });
  const auto pull_connection = [&](Connection& connection) {
    connection.since = std::min(connection.since, data_.now);
    connection.last_packet = std::min(connection.last_packet, data_.now);
  };
  data_.connections.change_each(pull_connection);
  data_.detached.change_each(pull_connection);
  data_.takeovers.pull_back(data_.now);
  for (auto& [number, broker] : data_.brokers) {
    broker.connections.pull_back(data_.now);
    broker.activity.pull_back(data_.now);
    if (broker.outage) broker.outage->pull_back(data_.now, data_.now + data_.outage_grace);
  }
  data_.devices.untouch_since(touched_before);  // when these are published is for the caller to say
  for (const std::size_t index : corrected) {
    data_.devices.change(index);
    visit(data_.devices[index].id(), data_.devices[index].seq);
  }
  return from_the_future;
}

}  // namespace rollcall
