// SPDX-License-Identifier: Apache-2.0
// What the engine gives away to be stored, and takes over when the bridge starts or reads its configuration
// anew.
#include <algorithm>
#include <utility>

#include "bridge/core/lifecycle/engine_state.hpp"
#include "topics/names.hpp"

namespace rollcall {

ConnectionRecord Engine::State::record_of(const Connection& connection) const {
  return {broker_names.at(connection.id.broker),
          connection.id.boot,
          connection.id.number,
          std::string(connection.strings.client_id()),
          std::string(connection.strings.username()),
          std::string(connection.strings.address()),
          Seconds{connection.keepalive_seconds},
          std::nullopt,
          std::nullopt,
          connection.last_packet};
}

/// Into one that is as it was made.
void Engine::State::write_record(std::size_t index, DeviceRecord& record) const {
  const Device& device = devices[index];
  record.device = device.id();
  record.template_name = device.definition->name;
  record.status = device.status_definition().key;
  record.previous = device.previous;
  record.since = device.since;
  record.last_seen = device.last_seen;
  record.published_last_seen = device.published_last_seen;
  record.latest = device.latest;
  record.seq = device.seq;
  connections.for_each_of(device.live, [&](const Connection& connection) {
    ConnectionRecord& live = record.connections.emplace_back(record_of(connection));
    const auto broker = brokers.find(connection.id.broker);
    if (broker == brokers.end() || !broker->second.outage) return;
    if (!connection.is_cut && !is_over(connection.id)) return;
    const auto& missing = broker->second.outage->missing;
    const auto found = missing.find(index);
    if (found == missing.end()) return;
    live.lost_at = found->second.lost_at;
    live.grace_ends = found->second.grace_ends;
  });
  if (const auto left = detached.of_devices.find(index); left != detached.of_devices.end()) {
    detached.connections.for_each_of(left->second, [&](const Connection& connection) {
      record.detached.push_back(record_of(connection));
    });
  }
  const LastEnd& end = device.last_end;
  record.last_end = EndRecord{end.cause,
                              end.graceful,
                              end.at,
                              end.silence,
                              end.broker ? broker_names.at(*end.broker) : std::string(),
                              std::string(end.strings.client_id()),
                              std::string(end.strings.username()),
                              std::string(end.strings.address())};
  const auto& statuses = device.definition->statuses;
  if (const auto& wait = device.wait) {
    const bool is_forget = wait->kind == WaitKind::forget;
    record.wait = WaitRecord{is_forget ? std::string() : statuses[wait->status].key,
                             wait->due,
                             wait->began,
                             wait->not_before,
                             wait->kind,
                             wait->by_operator};
  }
  record.heard = device.heard;
  if (const auto& declared = device.declaration) {
    record.declaration = DeclarationRecord{statuses[declared->status].key,
                                           declared->wait,
                                           broker_names.at(declared->by.broker),
                                           declared->by.boot,
                                           declared->by.number,
                                           declared->at};
  }
  if (const auto& set = device.set) {
    record.set = OperatorRecord{statuses[set->status].key, std::string(set->previous), set->since, set->until,
                                set->hold};
  }
  if (device.changes) record.changes = *device.changes;
  record.is_flapping = device.is_flapping;
  if (!device.is_in_conflict) return;
  takeovers.for_each_of(index, [&](const Takeovers::Entry& entry) {
    const auto& [client_id, conflict] = entry;
    record.conflicts.push_back({broker_names.at(client_id.broker), client_id.text, conflict.began,
                                conflict.last, conflict.takeovers, conflict.addresses});
  });
}

std::optional<std::uint32_t> Engine::State::broker_named(std::string_view name) const {
  const auto found = std::find(broker_names.begin(), broker_names.end(), name);
  if (found == broker_names.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - broker_names.begin());
}

/// The same text, for as long as the engine lives.
std::string_view Engine::State::lasting(std::string_view status_key) {
  for (const TemplateDefinition& definition : templates) {
    for (const StatusDefinition& status : definition.statuses) {
      if (status.key == status_key) return status.key;
    }
  }
  return *other_keys.emplace(status_key).first;
}

/// nullptr: its broker isn't in the configuration, or another device has it.
Connection* Engine::State::restore_connection(Connections& to, LiveConnections& of_device, std::size_t index,
                                              const ConnectionRecord& record) {
  const auto broker = broker_named(record.broker);
  if (!broker) return nullptr;
  const ConnectionId id{*broker, record.boot, record.number};
  if (connections.find(id) != nullptr || detached.connections.find(id) != nullptr) return nullptr;
  Connection& connection = to.add(of_device, id);
  connection.device = static_cast<std::uint32_t>(index);
  connection.keepalive_seconds = static_cast<std::uint16_t>(record.keepalive.count());
  connection.last_packet = record.last_packet;
  connection.strings.set({record.client_id, record.username, record.address});
  return &connection;
}

void Engine::State::restore_connections(std::size_t index, const DeviceRecord& record) {
  for (const ConnectionRecord& each : record.connections) {
    auto* const connection = restore_connection(connections, devices[index].live, index, each);
    if (connection == nullptr || !each.lost_at) continue;
    auto& of_broker = brokers[connection->id.broker];
    if (!of_broker.outage) of_broker.outage.emplace();
    connection->is_cut = true;
    of_broker.outage->add_missing(index, {*each.lost_at, each.grace_ends.value_or(Time::min())});
  }
  LiveConnections left;
  for (const ConnectionRecord& each : record.detached) {
    restore_connection(detached.connections, left, index, each);
  }
  if (!left.is_empty()) detached.of_devices.emplace(index, left);
}

/// Connected it is online, or late where the template still knows that.
void Engine::State::restore_connected(std::size_t index) {
  Device& device = devices[index];
  if (device.status != kOnline &&
      (!device.definition->report_every || device.status != device.definition->on_late)) {
    device.previous = device.status_definition().key;
    device.status = kOnline;
    device.since = device.latest;
  }
  begin_late_wait(index);
}

/// What was declared, and what an operator has set, in statuses that the template still has.
void Engine::State::restore_declared(Device& device, const DeviceRecord& record) {
  const TemplateDefinition& definition = *device.definition;
  if (const auto& declared = record.declaration) {
    const auto status = declared_status(definition, *declared);
    const auto broker = broker_named(declared->broker);
    if (status && broker) {
      device.declaration = std::make_unique<Declaration>(
          Declaration{*status, {*broker, declared->boot, declared->number}, declared->at});
    }
  }
  if (const auto& set = record.set) {
    if (const auto status = definition.find_status(set->status)) {
      device.set = std::make_unique<OperatorStatus>(
          OperatorStatus{*status, set->since, lasting(set->previous), set->until, set->hold});
    } else {
      device.previous = lasting(set->status);
    }
  }
}

void Engine::reserve(std::size_t devices) {
  state_->devices.reserve(devices);
  state_->index_by_id.reserve(devices);
}

bool Engine::restore(const DeviceRecord& record) {
  const TemplateDefinition* const definition = state_->find_template(record.template_name);
  if (definition == nullptr) return false;
  const auto added = state_->find_or_add(record.device);
  if (!added || !state_->devices[*added].is_gone()) return false;
  Device& device = state_->devices[*added];
  device.definition = definition;
  const auto status = definition->find_status(record.status);
  device.status = status.value_or(kOnline);
  device.previous = state_->lasting(record.previous);
  device.since = record.since;
  device.last_seen = record.last_seen;
  device.published_last_seen = record.published_last_seen;
  device.latest = record.latest;
  device.heard = record.heard;
  device.seq = record.seq;
  state_->restore_declared(device, record);
  if (definition->flapping) {
    if (!record.changes.empty()) device.changes = std::make_unique<std::vector<Time>>(record.changes);
    device.is_flapping = record.is_flapping && !record.changes.empty();
  }
  if (device.is_flapping)
    state_->steady_timers.set(*added, device.changes->back() + definition->flapping->hold);
  state_->restore_conflicts(*added, record);
  state_->restore_connections(*added, record);
  const EndRecord& end = record.last_end;
  device.last_end = LastEnd{end.cause,
                            is_graceful(*definition, end),
                            end.at,
                            end.silence,
                            state_->broker_named(end.broker),
                            ConnectionStrings({end.client_id, end.username, end.address})};
  if (device.is_connected()) {
    state_->restore_connected(*added);
  } else {
    state_->begin_wait(*added, restored_wait(*definition, record, device.declared()));
  }
  // It is published when something else happens to it, or republish() asks for that, and stored if it isn't
  // as it was.
  if (std::exchange(device.touched, false)) state_->touched.pop_back();
  if (!device.is_changed) state_->change(*added);
  DeviceRecord is;
  state_->write_record(*added, is);
  if (is == record) {
    device.is_changed = false;
    state_->changed.pop_back();
    state_->fleet.count(*added, device);
  }
  return true;
}

void Engine::restore_outage(std::uint32_t broker, std::uint64_t boot, const OutageRecord& outage) {
  State::Broker& of_broker = state_->brokers[broker];
  of_broker.boot = boot;
  if (!of_broker.outage) of_broker.outage.emplace();
  of_broker.outage->facts = outage;
  of_broker.outage->change_graces(
      [&](Time grace_ends) { return grace_ends == Time::min() ? outage.grace_ends : grace_ends; });
}

std::vector<DeviceRecord> Engine::take_changes() {
  std::vector<DeviceRecord> records;
  records.reserve(state_->changed.size());
  for (const std::size_t index : state_->changed) {
    state_->devices[index].is_changed = false;
    state_->fleet.count(index, state_->devices[index]);
    if (!state_->devices[index].is_gone()) state_->write_record(index, records.emplace_back());
  }
  state_->changed.clear();
  return records;
}

void Engine::store_again(std::string_view device) {
  if (const auto index = state_->find(device)) state_->change(*index);
}

bool Engine::has_changes() const { return !state_->changed.empty(); }

std::size_t Engine::change_count() const { return state_->changed.size(); }

bool Engine::is_changed(std::string_view device) const {
  const auto index = state_->find(device);
  return index && state_->devices[*index].is_changed;
}

void Engine::for_each_record(const std::function<void(const DeviceRecord&)>& visit) const {
  for (std::size_t index = 0; index < state_->devices.size(); ++index) {
    if (state_->devices[index].is_gone()) continue;
    DeviceRecord record;
    state_->write_record(index, record);
    visit(record);
  }
}

void Engine::for_each_device(
    const std::function<void(std::string_view device, std::uint64_t seq)>& visit) const {
  for (const auto& device : state_->devices) {
    if (!device.is_gone()) visit(device.id(), device.seq);
  }
}

void Engine::for_each_connection(
    const std::function<void(const ConnectionId&, std::string_view client_id)>& visit) const {
  for (const auto* some : {&state_->connections, &state_->detached.connections}) {
    some->for_each(
        [&](const Connection& connection) { visit(connection.id, connection.strings.client_id()); });
  }
}

std::optional<OutageRecord> Engine::outage_of(std::uint32_t broker) const {
  const auto found = state_->brokers.find(broker);
  if (found == state_->brokers.end() || !found->second.outage) return std::nullopt;
  return found->second.outage->facts;
}

}  // namespace rollcall
