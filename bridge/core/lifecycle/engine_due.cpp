// SPDX-License-Identifier: Apache-2.0
// What is due next, and the beginning and end of each call.
#include <algorithm>

#include "bridge/core/lifecycle/engine_state.hpp"
#include "bridge/core/lifecycle/status_payload.hpp"

namespace rollcall {

void Engine::State::begin(Time until, std::size_t at_most) {
  data.effects.clear();
  data.takeovers.forget_old(data.now);
  fire_due(until, at_most);
}

void Engine::State::fire_due(Time until, std::size_t at_most) {
  data.now = std::max(data.now, until);
  if (is_held) return;
  for (; at_most > 0; --at_most) {
    const auto outage = data.brokers.next_outage_step();
    const auto wait = data.timers.next();
    const auto steady = data.steady_timers.next();
    const auto conflict_end = data.takeovers.next_end();
    const auto is_next = [&](std::optional<Time> one, std::optional<Time> other) {
      return one && *one <= data.now && (!other || *one <= *other);
    };
    if (is_next(outage, wait) && is_next(outage, steady) && is_next(outage, conflict_end)) {
      outages.step(*outage);
    } else if (is_next(wait, steady) && is_next(wait, conflict_end)) {
      fire(*data.timers.pop_due(data.now));
    } else if (is_next(steady, conflict_end)) {
      flapping.grow_steady(data.steady_timers.pop_due(data.now)->index);
    } else if (is_next(conflict_end, std::nullopt)) {
      conflicts.end_next();
    } else {
      return;
    }
  }
}

void Engine::State::fire_due_of(const Event& event) {
  const auto is_due = [this](std::optional<Time> due) { return due && *due <= data.now; };
  if (is_held || !is_due(data.timers.next())) return;
  const auto index = contacts.device_of(event);
  if (!index) return;
  for (auto due = data.timers.due_of(*index); is_due(due); due = data.timers.due_of(*index)) {
    data.timers.cancel(*index);
    fire({*index, *due});
  }
}

void Engine::State::fire(const Timers::Timer& timer) {
  if (data.devices[timer.index].set) {
    chain.operator_time_is_over(timer.index, timer.due);
  } else if (!waits.wait_for_watermark(timer.index, timer.due)) {
    chain.emit_due(timer.index);
  }
}

const Effects& Engine::State::finish() {
  data.devices.end_call([this](Device& device) {
    device.published_last_seen = device.last_seen;
    device.seq = ++data.seq;
    auto& changed = data.effects.add<StatusChanged>();
    changed.encoded_device = data.effects.encoded(device.id());
    fill_status(device, changed.status);
  });
  return data.effects.effects();
}

}  // namespace rollcall
