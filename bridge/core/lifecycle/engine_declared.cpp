// SPDX-License-Identifier: Apache-2.0
// What devices declare, what operators set, and who is forgotten (rules 9 and 10).
#include <algorithm>
#include <utility>

#include "base/quoting.hpp"
#include "bridge/core/lifecycle/declaration.hpp"
#include "bridge/core/lifecycle/engine_state.hpp"

namespace rollcall {

void Engine::State::take_declaration(std::size_t index, const Declared& event) {
  Device& device = devices[index];
  const Time at = std::min(event.at, now);
  const auto parsed = parse_declaration(event.payload, *device.definition);
  if (!parsed) {
    effects.emplace_back(DeclarationRefused{encoded(device.id()), {at, arena.keep(parsed.error().message)}});
    return;
  }
  change(index);
  if (!*parsed) {
    device.declaration.reset();
  } else {
    device.declaration = std::make_unique<Declaration>(Declaration{**parsed, event.id, at});
  }
}

/// What an operator has set becomes the device's own status.
void Engine::State::keep_shown(Device& device) {
  device.status = device.set->status;
  device.since = device.set->since;
  device.previous = device.set->previous;
  device.set.reset();
}

/// A contact uses up what was declared, and what an operator has set and doesn't hold.
void Engine::State::use_up(std::size_t index) {
  Device& device = devices[index];
  if (device.declaration) change(index);
  device.declaration.reset();
  if (!device.set || device.set->hold) return;
  stop_wait(index);
  keep_shown(device);
  touch(index);
}

/// Of a device that goes by another template from now on: by the key of the status, if that has it.
void Engine::State::change_template(std::unique_ptr<OperatorStatus>& set, const TemplateDefinition& before,
                                    const TemplateDefinition& definition) {
  const auto status = definition.find_status(before.statuses[set->status].key);
  status ? void(set->status = *status) : set.reset();
}

Result<std::size_t> Engine::State::known(std::string_view device) const {
  const auto index = find(device);
  if (!index) return fail("no device is known as " + in_quotes(device));
  return *index;
}

Result<void> Engine::State::apply(const SetStatus& action) {
  const auto index = known(action.device);
  if (!index) return tl::make_unexpected(index.error());
  Device& device = devices[*index];
  const auto status = device.definition->find_status(action.status);
  if (!status) return fail(no_such_status(action.status, *device.definition));

  const bool is_same = device.shown() == *status;
  const std::string_view shown = device.shown_definition().key;
  OperatorStatus set{*status, is_same ? device.shown_since() : now, is_same ? device.shown_previous() : shown,
                     std::nullopt, action.hold};
  if (action.wait) set.until = now + *action.wait;
  release(*index);
  device.set = std::make_unique<OperatorStatus>(set);
  if (!is_same) {
    device.latest = std::max(device.latest, now);
    record(device, "transition", now, shown, TransitionCause{"set", std::nullopt, std::nullopt, {}, {}});
  }
  arm(*index);
  touch(*index);
  return {};
}

/// Whether the wait that goes on behind an operator's status is over, as far as that is known.
bool Engine::State::is_over(const Device& device) {
  if (!device.wait || device.wait->kind == WaitKind::forget || device.wait->due > now) return false;
  const Watermark* const watermark = watermark_of(device);
  return watermark == nullptr || watermark->covers(device.wait->due);
}

Result<void> Engine::State::apply(const ReleaseStatus& action) {
  const auto index = known(action.device);
  if (!index) return tl::make_unexpected(index.error());
  Device& device = devices[*index];
  if (!device.set) {
    return fail("there is nothing to release: no operator has set the status of " + in_quotes(action.device));
  }
  while (is_over(device)) emit_due(*index);  // what it would have come to by now

  const OperatorStatus set = *std::exchange(device.set, nullptr);
  const std::string_view shown = device.definition->statuses[set.status].key;
  if (device.status == set.status) {
    device.since = set.since;
    device.previous = set.previous;
  } else {
    device.latest = std::max(device.latest, now);
    enter(*index, device.status, now, shown, TransitionCause{"released", std::nullopt, std::nullopt, {}, {}});
  }
  arm(*index);
  touch(*index);
  return {};
}

Result<void> Engine::State::apply(const ForgetDevice& action) {
  const auto index = known(action.device);
  if (!index) return tl::make_unexpected(index.error());
  if (devices[*index].is_connected()) {
    return fail(in_quotes(action.device) + " is connected: only a device that is away can be forgotten");
  }
  forget(*index);
  return {};
}

/// The chain goes on from the operator's status.
void Engine::State::operator_time_is_over(std::size_t index, Time due) {
  Device& device = devices[index];
  device.wait.reset();
  keep_shown(device);
  touch(index);
  const std::size_t next = device.status + 1;
  const Time began = next < device.definition->statuses.size() ? due : device.since;
  if (next < device.definition->statuses.size()) {
    enter(index, next, due, device.status_definition().key,
          TransitionCause{"set", std::nullopt, std::nullopt, {}, {}});
  }
  begin_next_wait(index, began, Time::min(), true);
}

void Engine::State::forget(std::size_t index) {
  stop_wait(index);
  steady_timers.cancel(index);
  forget_detached(index);
  forget_conflicts(index);
  Device& device = devices[index];
  effects.emplace_back(DeviceForgotten{arena.keep(device.id()), encoded(device.id()), ++seq});
  index_by_id.erase(hash_of(device.id()), static_cast<std::uint32_t>(index));
  // Its place may still be in the lists of those that were touched or have changed.
  Device empty;
  empty.touched = device.touched;
  empty.is_changed = device.is_changed;
  device = std::move(empty);
  fleet.count(index, device);
  gone.push_back(index);
}

}  // namespace rollcall
