// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/conflicts.hpp"

#include <algorithm>
#include <string>

namespace rollcall {

/// Returns whoever has its client id now; nullptr if that isn't known.
const Connection* Conflicts::newcomer_after(const Connection& ended) const {
  const auto has_its_id = [&](const Connection& connection) {
    return connection.id.broker == ended.id.broker &&
           connection.strings.client_id() == ended.strings.client_id();
  };
  const auto* const latest = data_.connections.find(last_opened_);
  if (latest != nullptr && has_its_id(*latest)) return latest;
  const Connection* found = nullptr;
  data_.connections.for_each_of(data_.devices[ended.device].live, [&](const Connection& connection) {
    if (has_its_id(connection)) found = &connection;
  });
  return found;
}

void Conflicts::note_takeover(const Connection& ended, Time at) {
  auto* const conflict = data_.takeovers.note({ended.id.broker, std::string(ended.strings.client_id())},
                                              std::min(at, data_.now), data_.now);
  if (conflict == nullptr) return;
  Takeovers::add_address(conflict->second, ended.strings.address());
  mark(*conflict, ended.device);
  if (const auto* const newcomer = newcomer_after(ended)) {
    Takeovers::add_address(conflict->second, newcomer->strings.address());
    mark(*conflict, newcomer->device);
  }
  for (const std::size_t index : conflict->second.devices) data_.devices.change(index);
}

void Conflicts::mark(Takeovers::Entry& conflict, std::size_t index) {
  if (!data_.takeovers.add_device(conflict, index)) return;
  data_.devices[index].is_in_conflict = true;
  data_.devices.touch(index);
}

void Conflicts::end_next() {
  const auto ended = data_.takeovers.end_next();
  for (const std::size_t index : ended.devices) data_.devices.change(index);
  for (const std::size_t index : ended.freed) {
    data_.devices[index].is_in_conflict = false;
    data_.devices.touch(index);
  }
}

void Conflicts::forget(std::size_t index) {
  if (data_.devices[index].is_in_conflict) data_.takeovers.forget(index);
}

void Conflicts::restore(std::size_t index, const DeviceRecord& record) {
  for (const ConflictRecord& each : record.conflicts) {
    const auto broker = data_.broker_named(each.broker);
    if (!broker) continue;
    data_.takeovers.restore({*broker, each.client_id},
                            {each.began, each.last, each.takeovers, each.addresses, {}}, index);
    data_.devices[index].is_in_conflict = true;
  }
}

}  // namespace rollcall
