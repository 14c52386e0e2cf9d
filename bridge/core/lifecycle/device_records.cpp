// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/device_records.hpp"

#include <memory>
#include <vector>

namespace rollcall {

ConnectionRecord DeviceRecords::record_of(const Connection& connection) const {
  return {data_.broker_name(connection.id.broker),
          connection.id.boot,
          connection.id.number,
          std::string(connection.strings.client_id()),
          std::string(connection.strings.username()),
          std::string(connection.strings.address()),
          Seconds{connection.keepalive_seconds},
          std::nullopt,
          std::nullopt,
          connection.last_packet,
          connection.protocol,
          connection.since};
}

void DeviceRecords::write(std::size_t index, DeviceRecord& record) const {
  const Device& device = data_.devices[index];
  record.device = device.id();
  record.template_name = device.definition->name;
  record.status = device.status_definition().key;
  record.previous = device.previous;
  record.since = device.since;
  record.last_seen = device.last_seen;
  record.published_last_seen = device.published_last_seen;
  record.latest = device.latest;
  record.seq = device.seq;
  data_.connections.for_each_of(device.live, [&](const Connection& connection) {
    ConnectionRecord& live = record.connections.emplace_back(record_of(connection));
    const BrokerState* const broker = data_.brokers.find(connection.id.broker);
    if (broker == nullptr || !broker->outage) return;
    if (!connection.is_cut && !data_.brokers.is_over(connection.id)) return;
    const auto& missing = broker->outage->missing();
    const auto found = missing.find(index);
    if (found == missing.end()) return;
    live.lost_at = found->second.lost_at;
    live.grace_ends = found->second.grace_ends;
  });
  data_.detached.for_each_of(
      index, [&](const Connection& connection) { record.detached.push_back(record_of(connection)); });
  const LastEnd& end = device.last_end;
  record.last_end = EndRecord{end.cause,
                              end.graceful,
                              end.at,
                              end.silence,
                              end.broker ? data_.broker_name(*end.broker) : std::string(),
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
                                           data_.broker_name(declared->by.broker),
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
  if (const auto muted = data_.muted_until.find(index); muted != data_.muted_until.end())
    record.muted_until = muted->second;
  if (!device.is_in_conflict) return;
  data_.takeovers.for_each_of(index, [&](const Takeovers::Entry& entry) {
    const auto& [client_id, conflict] = entry;
    record.conflicts.push_back({data_.broker_name(client_id.broker), client_id.text, conflict.began,
                                conflict.last, conflict.takeovers, conflict.addresses});
  });
}

/// Empty if its broker isn't in the configuration, or another device has it.
std::optional<ConnectionId> DeviceRecords::id_of(const ConnectionRecord& record) const {
  const auto broker = data_.broker_named(record.broker);
  if (!broker) return std::nullopt;
  const ConnectionId id{*broker, record.boot, record.number};
  if (data_.connections.find(id) != nullptr || data_.detached.find(id) != nullptr) return std::nullopt;
  return id;
}

void DeviceRecords::fill(Connection& connection, std::size_t index, const ConnectionRecord& record) {
  connection.device = static_cast<std::uint32_t>(index);
  connection.keepalive_seconds = static_cast<std::uint16_t>(record.keepalive.count());
  connection.protocol = record.protocol;
  connection.since = record.since;
  connection.last_packet = record.last_packet;
  connection.strings.set({record.client_id, record.username, record.address});
}

void DeviceRecords::restore_connections(std::size_t index, const DeviceRecord& record) {
  for (const ConnectionRecord& each : record.connections) {
    const auto id = id_of(each);
    if (!id) continue;
    Connection& connection = data_.connections.add(data_.devices[index].live, *id);
    fill(connection, index, each);
    if (!each.lost_at) continue;
    auto& outage = data_.brokers[id->broker].outage;
    if (!outage) outage.emplace();
    connection.is_cut = true;
    outage->add_missing(index, {*each.lost_at, each.grace_ends.value_or(Time::min())});
  }
  for (const ConnectionRecord& each : record.detached) {
    if (const auto id = id_of(each)) fill(data_.detached.add(index, *id), index, each);
  }
}

/// A connected one is online, or late where the template still knows that.
void DeviceRecords::restore_connected(std::size_t index) {
  Device& device = data_.devices[index];
  if (device.status != kOnline &&
      (!device.definition->report_every || device.status != device.definition->on_late)) {
    device.previous = device.status_definition().key;
    device.status = kOnline;
    device.since = device.latest;
  }
  waits_.begin_late_wait(index);
}

/// What was declared, and what an operator has set, in statuses that the template still has.
void DeviceRecords::restore_declared(Device& device, const DeviceRecord& record) {
  const TemplateDefinition& definition = *device.definition;
  if (const auto& declared = record.declaration) {
    const auto status = declared_status(definition, *declared);
    const auto broker = data_.broker_named(declared->broker);
    if (status && broker) {
      device.declaration = std::make_unique<Declaration>(
          Declaration{*status, {*broker, declared->boot, declared->number}, declared->at});
    }
  }
  if (const auto& set = record.set) {
    if (const auto status = definition.find_status(set->status)) {
      device.set = std::make_unique<OperatorStatus>(OperatorStatus{
          *status, set->since, data_.templates.keep_key(set->previous), set->until, set->hold});
    } else {
      device.previous = data_.templates.keep_key(set->status);
    }
  }
}

/// While its first wait is running, it isn't known yet whether its last end was a disconnect of its own; an
/// operator's status is a row since, by which it was counted.
bool DeviceRecords::may_count(const DeviceRecord& record) {
  const auto& cause = record.last_end.cause;
  return cause && cause != Cause::broker_lost && record.connections.empty() && !record.set && record.wait &&
         record.wait->kind == WaitKind::first;
}

bool DeviceRecords::restore(const DeviceRecord& record) {
  const TemplateDefinition* const definition = data_.templates.find(record.template_name);
  if (definition == nullptr) return false;
  const auto added = data_.devices.find_or_add(record.device);
  if (!added || !data_.devices[*added].is_gone()) return false;
  const std::size_t touched = data_.devices.touched_count();
  Device& device = data_.devices[*added];
  device.definition = definition;
  const auto status = definition->find_status(record.status);
  const std::string_view otherwise = record.is_only_registered() ? "offline" : "online";
  device.status = static_cast<std::uint32_t>(status ? *status : *definition->find_status(otherwise));
  device.previous = data_.templates.keep_key(record.previous);
  device.since = record.since;
  device.last_seen = record.last_seen;
  device.published_last_seen = record.published_last_seen;
  device.latest = record.latest;
  device.heard = record.heard;
  device.seq = record.seq;
  restore_declared(device, record);
  if (definition->flapping) {
    if (!record.changes.empty()) device.changes = std::make_unique<std::vector<Time>>(record.changes);
    device.is_flapping = record.is_flapping && !record.changes.empty();
  }
  if (device.is_flapping)
    data_.steady_timers.set(*added, device.changes->back() + definition->flapping->hold);
  conflicts_.restore(*added, record);
  restore_connections(*added, record);
  const EndRecord& end = record.last_end;
  device.last_end = LastEnd{end.cause,
                            is_graceful(*definition, end),
                            may_count(record),
                            end.at,
                            end.silence,
                            data_.broker_named(end.broker),
                            ConnectionStrings({end.client_id, end.username, end.address})};
  // Its connection is at a broker that isn't configured, or another device's.
  if (!device.is_connected() && !record.is_only_registered() && end.at == Time::min())
    device.last_end.at = record.latest;
  if (record.muted_until) data_.muted_until.insert_or_assign(*added, *record.muted_until);
  if (device.is_connected()) {
    restore_connected(*added);
  } else {
    waits_.begin_wait(*added, restored_wait(*definition, record, device.declared()));
  }
  // It is published when something else happens to it, or republish() asks for that, and stored if it isn't
  // as it was.
  data_.devices.untouch_since(touched);
  data_.devices.change(*added);
  DeviceRecord is;
  write(*added, is);
  if (is == record) data_.devices.take_back_last_change();
  return true;
}

}  // namespace rollcall
