// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/chain.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {

void Chain::contact(std::size_t index, const TemplateDefinition& definition) {
  Device& device = data_.devices[index];
  waits_.stop_wait(index);
  if (device.definition != nullptr && device.definition != &definition) {
    if (device.set) change_template(device.set, *device.definition, definition);
    flapping_.forget_changes(index);
  }
  device.definition = &definition;
  data_.devices.touch(index);
}

void Chain::come_online(std::size_t index, Time at, std::string_view from, const TransitionCause& cause) {
  Device& device = data_.devices[index];
  if (device.set || from == device.definition->statuses[kOnline].key) {
    device.status = kOnline;
  } else {
    transitions_.enter(index, kOnline, at, from, cause);
  }
}

void Chain::use_up(std::size_t index) {
  Device& device = data_.devices[index];
  if (device.declaration) data_.devices.change(index);
  device.declaration.reset();
  if (!device.set || device.set->hold) return;
  waits_.stop_wait(index);
  keep_shown(device);
  data_.devices.touch(index);
}

/// What an operator has set becomes the device's own status.
void Chain::keep_shown(Device& device) {
  device.status = device.set->status;
  device.since = device.set->since;
  device.previous = device.set->previous;
  device.set.reset();
}

/// Of a device that goes by another template from now on: by the key of the status, if that has it.
void Chain::change_template(std::unique_ptr<OperatorStatus>& set, const TemplateDefinition& before,
                            const TemplateDefinition& definition) {
  const auto status = definition.find_status(before.statuses[set->status].key);
  status ? void(set->status = *status) : set.reset();
}

void Chain::emit_due(std::size_t index) {
  Device& device = data_.devices[index];
  device.waiting_for_watermark = 0;
  const Wait wait = *std::exchange(device.wait, std::nullopt);
  // An operator who has taken a status back may have done so after that was due.
  const Time at = std::max(wait.due, device.since);
  const std::string_view from = device.status_definition().key;
  switch (wait.kind) {
    case WaitKind::forget:
      forget(index, at);
      return;
    case WaitKind::late: {
      if (device.status == wait.status) return;
      const Connection& connection = data_.connections.last_of(device.live);
      transitions_.enter(index, wait.status, at, from,
                         TransitionCause{"late_report", std::nullopt, connection.id.broker,
                                         connection.strings.client_id(), connection.strings.address()});
      return;
    }
    case WaitKind::first:
    case WaitKind::next:
      break;
  }
  TransitionCause cause = cause_of(device.last_end);
  if (wait.kind == WaitKind::first && device.declaration) cause.cause = "declared";
  if (wait.by_operator) cause = TransitionCause{"set"};
  if (wait.status != device.status) {
    transitions_.enter(index, wait.status, at, from, cause);
  } else {
    data_.devices.touch(index);  // declared as what it is: only what comes next changes
  }
  if (wait.kind == WaitKind::first) transitions_.count_disconnect(device);  // where nobody saw it
  waits_.begin_next_wait(index, wait.due, Time::min(), wait.by_operator);
}

/// A wait that waits for the watermark, and was due before the connect that this broker tells now, is
/// certain. News from elsewhere say nothing about it.
void Chain::catch_up(std::size_t index, std::uint32_t broker, Time at) {
  const auto is_certain = [&](const Device& device) {
    return device.wait && !device.set && device.wait->kind != WaitKind::late &&
           device.last_end.broker == broker && device.wait->due <= std::min(at, data_.now);
  };
  while (is_certain(data_.devices[index])) {
    waits_.release(index);
    emit_due(index);
  }
}

void Chain::settle_late(std::size_t index, Time at) {
  const Device& device = data_.devices[index];
  waits_.release(index);
  if (device.wait && (device.wait->due <= std::min(at, data_.now) || (device.set && waits_.is_over(device))))
    emit_due(index);
  waits_.stop_wait(index);
}

void Chain::pass_unseen(std::size_t index) {
  const Device& device = data_.devices[index];
  const std::size_t touched = data_.devices.touched_count();
  while (device.set && waits_.is_over(device)) emit_due(index);
  data_.devices.untouch_since(touched);
}

void Chain::operator_time_is_over(std::size_t index, Time due) {
  Device& device = data_.devices[index];
  device.wait.reset();
  keep_shown(device);
  data_.devices.touch(index);
  const std::size_t next = device.status + 1;
  const Time began = next < device.definition->statuses.size() ? due : device.since;
  if (next < device.definition->statuses.size()) {
    transitions_.enter(index, next, due, device.status_definition().key, TransitionCause{"set"});
  }
  waits_.begin_next_wait(index, began, Time::min(), true);
}

void Chain::forget(std::size_t index, Time at) {
  waits_.stop_wait(index);
  data_.steady_timers.cancel(index);
  // Whatever still lives must be handed in as opened: by then its device is a new one.
  for (const ConnectionId& id : data_.detached.of_device(index)) {
    data_.detached.take(id);
    data_.devices.change(index);
    data_.effects.add(ConnectionDropped{id});
  }
  conflicts_.forget(index);
  data_.muted_until.erase(index);
  const Device& device = data_.devices[index];
  data_.effects.add(
      DeviceForgotten{data_.effects.keep(device.id()), data_.effects.encoded(device.id()), ++data_.seq, at});
  data_.devices.remove(index);
}

}  // namespace rollcall
