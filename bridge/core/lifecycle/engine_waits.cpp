// SPDX-License-Identifier: Apache-2.0
// Waits, and what comes of them when they are over (rules 2 to 4, 7, 11, 12, 15).
#include <algorithm>
#include <utility>

#include "bridge/core/lifecycle/engine_state.hpp"
#include "topics/names.hpp"

namespace rollcall {

TransitionCause cause_of(const LastEnd& end) {
  return TransitionCause{cause_name(end), end.graceful, end.broker, end.strings.client_id(),
                         end.strings.address()};
}

void Engine::State::enter(std::size_t index, std::size_t status, Time at, std::string_view from,
                          const TransitionCause& cause) {
  Device& device = devices[index];
  device.previous = from;
  device.status = status;
  device.since = at;
  if (device.set) return;  // unseen
  device.latest = std::max(device.latest, at);
  record(device, "transition", at, from, cause);
  touch(index);
}

void Engine::State::begin_first_wait(std::size_t index, Time began, Time not_before) {
  const Device& device = devices[index];
  const LastEnd& end = device.last_end;
  begin_wait(index, first_wait(*device.definition, device.status, {end.graceful, began, end.silence},
                               device.declared(), not_before));
}

void Engine::State::begin_next_wait(std::size_t index, Time began, Time not_before, bool by_operator) {
  const Device& device = devices[index];
  begin_wait(index,
             next_wait(*device.definition, device.status, began, device.declared(), not_before, by_operator));
}

/// Nobody sees this wait.
void Engine::State::begin_late_wait(std::size_t index) {
  Device& device = devices[index];
  if (!device.is_connected() || missing_since(index)) return;
  const auto wait = late_wait(*device.definition, device.heard);
  if (!wait) return;
  release(index);
  device.wait = wait;
  arm(index);
}

void Engine::State::begin_wait(std::size_t index, const std::optional<Wait>& wait) {
  wait ? set_wait(index, *wait) : arm(index);
}

void Engine::State::set_wait(std::size_t index, Wait wait) {
  devices[index].wait = wait;
  arm(index);
  touch(index);
}

void Engine::State::stop_wait(std::size_t index) {
  release(index);
  devices[index].wait.reset();
}

/// Sets the device's timer. While an operator's status stands, that has it, and only as long as the device
/// isn't connected (rule 1).
void Engine::State::arm(std::size_t index) {
  const Device& device = devices[index];
  timers.cancel(index);
  if (!device.set) {
    if (device.wait) timers.set(index, device.wait->due);
  } else if (device.set->until && !device.is_connected()) {
    timers.set(index, std::max(*device.set->until, device.last_end.at));
  }
}

/// Of a change to what the world sees of the device.
void Engine::State::record(Device& device, std::string_view kind, Time at, std::string_view from,
                           const TransitionCause& cause) {
  RowAdded& added = std::get<RowAdded>(effects.emplace_back(RowAdded{}));
  added.encoded_device = encoded(device.id());
  added.template_name = device.definition->name;
  added.on_timeline = device.shown_definition().timeline;
  TimelineRow& row = added.row;
  row.device = arena.keep(device.id());
  row.at = at;
  row.from = from;
  row.to = device.shown_definition().key;
  row.kind = kind;
  row.cause = cause.cause;
  row.graceful = cause.graceful;
  if (cause.broker) row.broker = broker_names.at(*cause.broker);
  row.client_id = arena.keep(cause.client_id);
  row.address = arena.keep(cause.address);
  row.seq = ++seq;
}

void Engine::State::touch(std::size_t index) {
  if (std::exchange(devices[index].touched, true)) return;
  touched.push_back(index);
  change(index);
}

void Engine::State::change(std::size_t index) {
  if (!std::exchange(devices[index].is_changed, true)) changed.push_back(index);
}

/// At one instant: the end of a grace, then waits, then who has become steady, then conflicts that end.
void Engine::State::fire_due(Time until, std::size_t at_most) {
  now = std::max(now, until);
  if (is_held) return;
  for (; at_most > 0; --at_most) {
    const auto outage = next_step_of_outages();
    const auto wait = timers.next();
    const auto steady = steady_timers.next();
    const auto conflict_end = takeovers.next_end();
    const auto is_next = [&](std::optional<Time> one, std::optional<Time> other) {
      return one && *one <= now && (!other || *one <= *other);
    };
    if (is_next(outage, wait) && is_next(outage, steady) && is_next(outage, conflict_end)) {
      step_outage(*outage);
    } else if (is_next(wait, steady) && is_next(wait, conflict_end)) {
      fire(*timers.pop_due(now));
    } else if (is_next(steady, conflict_end)) {
      grow_steady(steady_timers.pop_due(now)->index);
    } else if (is_next(conflict_end, std::nullopt)) {
      end_next_conflict();
    } else {
      return;
    }
  }
}

/// What was due for this event's device alone, where there was more than fire_due() got to.
void Engine::State::fire_due_of(const Event& event) {
  const auto is_due = [this](std::optional<Time> due) { return due && *due <= now; };
  if (is_held || !is_due(timers.next())) return;
  const auto index = device_of(event);
  if (!index) return;
  for (auto due = timers.due_of(*index); is_due(due); due = timers.due_of(*index)) {
    timers.cancel(*index);
    fire({*index, *due});
  }
}

void Engine::State::fire(const Timers::Timer& timer) {
  if (devices[timer.index].set) {
    operator_time_is_over(timer.index, timer.due);
  } else if (!wait_for_watermark(timer.index, timer.due)) {
    emit_due(timer.index);
  }
}

/// The one that has to cover this device's wait before that can be judged; nullptr if it needs no broker.
Watermark* Engine::State::watermark_of(const Device& device) {
  if (device.wait->by_operator) return nullptr;
  const bool is_late = device.wait->kind == WaitKind::late;
  const auto name =
      is_late ? std::optional(connections.last_of(device.live).id.broker) : device.last_end.broker;
  const auto broker = name ? brokers.find(*name) : brokers.end();
  if (broker == brokers.end()) return nullptr;
  return is_late ? &broker->second.activity : &broker->second.connections;
}

bool Engine::State::wait_for_watermark(std::size_t index, Time due) {
  Watermark* const watermark = watermark_of(devices[index]);
  if (watermark == nullptr || watermark->covers(due)) return false;
  devices[index].waiting_for_watermark = ++last_waiting;
  watermark->add_waiting(due, last_waiting, index);
  return true;
}

/// This device's wait is not to be over by itself any more.
void Engine::State::release(std::size_t index) {
  Device& device = devices[index];
  timers.cancel(index);
  const auto order = std::exchange(device.waiting_for_watermark, 0);
  if (order == 0 || !device.wait) return;
  for (auto& [number, broker] : brokers) {
    broker.connections.remove_waiting(device.wait->due, order, index);
    broker.activity.remove_waiting(device.wait->due, order, index);
  }
}

/// The wait of this device is over.
void Engine::State::emit_due(std::size_t index) {
  Device& device = devices[index];
  device.waiting_for_watermark = 0;
  const Wait wait = *std::exchange(device.wait, std::nullopt);
  // An operator who has taken a status back may have done so after that was due.
  const Time at = std::max(wait.due, device.since);
  const std::string_view from = device.status_definition().key;
  switch (wait.kind) {
    case WaitKind::forget:
      forget(index);
      return;
    case WaitKind::late: {
      if (device.status == wait.status) return;
      const Connection& connection = connections.last_of(device.live);
      enter(index, wait.status, at, from,
            TransitionCause{"late_report", std::nullopt, connection.id.broker, connection.strings.client_id(),
                            connection.strings.address()});
      return;
    }
    case WaitKind::first:
    case WaitKind::next:
      break;
  }
  TransitionCause cause = cause_of(device.last_end);
  if (wait.kind == WaitKind::first && device.declaration) cause.cause = "declared";
  if (wait.by_operator) cause = TransitionCause{"set", std::nullopt, std::nullopt, {}, {}};
  if (wait.status != device.status) {
    enter(index, wait.status, at, from, cause);
  } else {
    touch(index);  // declared as what it is: only what comes next changes
  }
  begin_next_wait(index, wait.due, Time::min(), wait.by_operator);
}

/// A wait that waits for the watermark, and was due before the connect that this broker tells now, is
/// certain. News from elsewhere say nothing about it.
void Engine::State::catch_up(std::size_t index, std::uint32_t broker, Time at) {
  const auto is_certain = [&](const Device& device) {
    return device.wait && !device.set && device.wait->kind != WaitKind::late &&
           device.last_end.broker == broker && device.wait->due <= std::min(at, now);
  };
  while (is_certain(devices[index])) {
    release(index);
    emit_due(index);
  }
}

/// A connect or disconnect, for rule 15.
void Engine::State::count_change(std::size_t index, Time at) {
  Device& device = devices[index];
  const auto& limits = device.definition->flapping;
  if (!limits) return;
  if (!device.changes) device.changes = std::make_unique<std::vector<Time>>();
  auto& changes = *device.changes;
  changes.push_back(changes.empty() ? at : std::max(at, changes.back()));
  if (changes.size() > limits->changes) {
    changes.erase(changes.begin(), changes.end() - static_cast<std::ptrdiff_t>(limits->changes));
  }
  if (changes.size() == limits->changes && changes.back() - changes.front() <= limits->within) {
    device.is_flapping = true;
  }
  if (!device.is_flapping) return;
  steady_timers.set(index, changes.back() + limits->hold);
  touch(index);
}

void Engine::State::grow_steady(std::size_t index) {
  devices[index].is_flapping = false;
  touch(index);
}

void Engine::State::forget_changes(std::size_t index) {
  devices[index].changes.reset();
  devices[index].is_flapping = false;
  steady_timers.cancel(index);
}

std::string_view Engine::State::encoded(std::string_view device) {
  text.clear();
  append_encoded(text, device);
  return arena.keep(text);
}

const Effects& Engine::State::finish() {
  for (const std::size_t index : touched) {
    Device& device = devices[index];
    device.touched = false;
    if (device.is_gone()) continue;
    device.published_last_seen = device.last_seen;
    device.seq = ++seq;
    effects.emplace_back(StatusChanged{encoded(device.id()), status_payload(device)});
  }
  touched.clear();
  free_places.insert(free_places.end(), gone.begin(), gone.end());
  gone.clear();
  return effects;
}

}  // namespace rollcall
