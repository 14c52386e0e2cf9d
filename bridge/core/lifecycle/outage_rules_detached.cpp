// SPDX-License-Identifier: Apache-2.0
// Rule 14, of devices that are connected at several brokers: what a connection at a broker that is away
// counts for beside those at others.
#include <set>
#include <utility>

#include "bridge/core/lifecycle/outage_rules.hpp"

namespace rollcall {

void OutageRules::apply(const BrokerListed& event) {
  for (const ConnectionId& id : data_.detached.at_broker(event.broker))
    reattach(*take_detached(id), data_.now);
}

void OutageRules::detach_from_away_brokers(std::size_t index, Time at) {
  Device& device = data_.devices[index];
  const auto is_away = [&](const ConnectionId& id) {
    const BrokerState* const broker = data_.brokers.find(id.broker);
    return broker != nullptr && broker->is_away && at >= broker->connections.time().value_or(at);
  };
  std::vector<ConnectionId> left;
  bool is_here = false;
  data_.connections.for_each_of(device.live, [&](const Connection& connection) {
    is_away(connection.id) ? left.push_back(connection.id) : void(is_here = true);
  });
  if (!is_here || left.empty()) return;
  std::set<std::uint32_t> moved_from;
  for (const ConnectionId& id : left) {
    if (moved_from.insert(id.broker).second) ++data_.brokers[id.broker].moved;
    detach(index, id);
  }
  waits_.begin_late_wait(index);
  data_.devices.change(index);
}

void OutageRules::detach(std::size_t index, const ConnectionId& id) {
  Connection connection = data_.connections.take(data_.devices[index].live, id);
  data_.detached.add(index, id) = std::move(connection);
}

std::optional<Connection> OutageRules::take_detached(const ConnectionId& id) {
  auto connection = data_.detached.take(id);
  if (connection) data_.devices.change(connection->device);
  return connection;
}

/// It lived all along, until this time at least. To the device nothing has happened; but it was said to be
/// gone, and the timeline tells of that.
void OutageRules::reattach(Connection connection, Time at) {
  const std::size_t index = connection.device;
  Device& device = data_.devices[index];
  if (device.is_connected()) {
    came_back(index, at);
  } else {
    const std::string_view from = device.shown_definition().key;
    chain_.contact(index, *device.definition);
    if (device.shown() == kOnline && !device.set) transitions_.record_blip(device, device.latest);
    chain_.come_online(index, device.latest, from,
                       TransitionCause{"connect", std::nullopt, connection.id.broker,
                                       connection.strings.client_id(), connection.strings.address()});
  }
  data_.connections.add(device.live, connection.id) = std::move(connection);
  waits_.begin_late_wait(index);
}

bool OutageRules::outlived_others(const ConnectionId& id, Time at) {
  const Connection* const found = data_.detached.find(id);
  if (found == nullptr) return false;
  const Device& device = data_.devices[found->device];
  const Time lost = data_.brokers.missing_since(found->device).value_or(Time::min());
  if (at <= (device.is_connected() ? lost : device.last_end.at)) return false;
  reattach(*take_detached(id), at);
  return true;
}

}  // namespace rollcall
