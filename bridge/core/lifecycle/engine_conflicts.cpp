// SPDX-License-Identifier: Apache-2.0
// Rule 13: clients that fight over one client id leave their device as it is, but marked.
#include <algorithm>
#include <utility>

#include "bridge/core/lifecycle/engine_state.hpp"

namespace rollcall {

/// Whoever has its client id now; nullptr: that isn't known.
const Connection* Engine::State::newcomer_after(const Connection& ended) const {
  const auto has_its_id = [&](const Connection& connection) {
    return connection.id.broker == ended.id.broker &&
           connection.strings.client_id() == ended.strings.client_id();
  };
  const auto* const latest = connections.find(last_opened);
  if (latest != nullptr && has_its_id(*latest)) return latest;
  const Connection* found = nullptr;
  connections.for_each_of(devices[ended.device].live, [&](const Connection& connection) {
    if (has_its_id(connection)) found = &connection;
  });
  return found;
}

/// The connection that ended isn't among those that live any more.
void Engine::State::note_takeover(const Connection& ended, Time at) {
  auto* const conflict =
      takeovers.note({ended.id.broker, std::string(ended.strings.client_id())}, std::min(at, now), now);
  if (conflict == nullptr) return;
  Takeovers::add_address(conflict->second, ended.strings.address());
  mark_conflict(*conflict, ended.device);
  if (const auto* const newcomer = newcomer_after(ended)) {
    Takeovers::add_address(conflict->second, newcomer->strings.address());
    mark_conflict(*conflict, newcomer->device);
  }
  for (const std::size_t index : conflict->second.devices) change(index);
}

void Engine::State::mark_conflict(Takeovers::Entry& conflict, std::size_t index) {
  if (!takeovers.add_device(conflict, index)) return;
  devices[index].is_in_conflict = true;
  touch(index);
}

void Engine::State::end_next_conflict() {
  const auto ended = takeovers.end_next();
  for (const std::size_t index : ended.devices) change(index);
  for (const std::size_t index : ended.freed) {
    devices[index].is_in_conflict = false;
    touch(index);
  }
}

void Engine::State::forget_conflicts(std::size_t index) {
  if (devices[index].is_in_conflict) takeovers.forget(index);
}

void Engine::State::restore_conflicts(std::size_t index, const DeviceRecord& record) {
  for (const ConflictRecord& each : record.conflicts) {
    const auto broker = broker_named(each.broker);
    if (!broker) continue;
    takeovers.restore({*broker, each.client_id}, {each.began, each.last, each.takeovers, each.addresses, {}},
                      index);
    devices[index].is_in_conflict = true;
  }
}

std::optional<ConflictSummary> Engine::conflicts() const {
  const auto* const latest = state_->takeovers.latest();
  if (latest == nullptr) return std::nullopt;
  const auto& [client_id, conflict] = *latest;
  ConflictSummary summary;
  summary.count = state_->takeovers.conflict_count();
  summary.broker = client_id.broker;
  summary.client_id = client_id.text;
  if (!conflict.devices.empty()) summary.device = state_->devices[conflict.devices.back()].id();
  summary.addresses = conflict.addresses;
  summary.takeovers = conflict.takeovers;
  summary.began = conflict.began;
  summary.last = conflict.last;
  return summary;
}

}  // namespace rollcall
