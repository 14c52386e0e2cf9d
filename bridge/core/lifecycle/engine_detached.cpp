// SPDX-License-Identifier: Apache-2.0
// Rule 14, of devices that are connected at several brokers: what a connection at a broker that is away
// counts for beside those at others.
#include <set>
#include <utility>

#include "bridge/core/lifecycle/engine_state.hpp"

namespace rollcall {

/// A device that is connected at a broker that is here, at this time, has gone over to it. But not if the
/// other one's connection is known to have lived later than that: these are old news, told late.
void Engine::State::detach_from_away_brokers(std::size_t index, Time at) {
  Device& device = devices[index];
  const auto is_away = [&](const ConnectionId& id) {
    const auto broker = brokers.find(id.broker);
    return broker != brokers.end() && broker->second.is_away &&
           at >= broker->second.connections.time().value_or(at);
  };
  std::vector<ConnectionId> left;
  bool is_here = false;
  connections.for_each_of(device.live, [&](const Connection& connection) {
    is_away(connection.id) ? left.push_back(connection.id) : void(is_here = true);
  });
  if (!is_here || left.empty()) return;
  std::set<std::uint32_t> moved_from;
  for (const ConnectionId& id : left) {
    if (moved_from.insert(id.broker).second) ++brokers[id.broker].moved;
    detach(index, id);
  }
  begin_late_wait(index);
  change(index);
}

void Engine::State::detach(std::size_t index, const ConnectionId& id) {
  Connection connection = connections.take(devices[index].live, id);
  detached.connections.add(detached.of_devices[index], id) = std::move(connection);
}

/// Empty if it isn't detached.
std::optional<Connection> Engine::State::take_detached(const ConnectionId& id) {
  const Connection* const found = detached.connections.find(id);
  if (found == nullptr) return std::nullopt;
  const auto of_device = detached.of_devices.find(found->device);
  Connection connection = detached.connections.take(of_device->second, id);
  if (of_device->second.is_empty()) detached.of_devices.erase(of_device);
  change(connection.device);
  return connection;
}

/// It lived all along, until this time at least. To the device nothing has happened; but it was said to be
/// gone, and the timeline tells of that.
void Engine::State::reattach(Connection connection, Time at) {
  const std::size_t index = connection.device;
  Device& device = devices[index];
  if (device.is_connected()) {
    came_back(index, at);
  } else {
    const std::string_view from = device.shown_definition().key;
    contact(index, *device.definition);
    if (device.shown() == kOnline && !device.set) record_blip(device, device.latest);
    come_online(index, device.latest, from,
                TransitionCause{"connect", std::nullopt, connection.id.broker, connection.strings.client_id(),
                                connection.strings.address()});
  }
  connections.add(device.live, connection.id) = std::move(connection);
  begin_late_wait(index);
}

/// Of a detached one that did something at this time: true if its device had no other one by then. It is
/// attached again then, and until then nobody else's end was the device's.
bool Engine::State::outlived_others(const ConnectionId& id, Time at) {
  const Connection* const found = detached.connections.find(id);
  if (found == nullptr) return false;
  const Device& device = devices[found->device];
  const Time lost = missing_since(found->device).value_or(Time::min());
  if (at <= (device.is_connected() ? lost : device.last_end.at)) return false;
  reattach(*take_detached(id), at);
  return true;
}

void Engine::State::apply(const BrokerListed& event) {
  for (const ConnectionId& id : detached_at(event.broker)) reattach(*take_detached(id), now);
}

/// Whatever still lives must be handed in as opened: by then its device is a new one.
void Engine::State::forget_detached(std::size_t index) {
  const auto of_device = detached.of_devices.find(index);
  if (of_device == detached.of_devices.end()) return;
  std::vector<ConnectionId> ids;
  detached.connections.for_each_of(of_device->second,
                                   [&](const Connection& connection) { ids.push_back(connection.id); });
  for (const ConnectionId& id : ids) {
    take_detached(id);
    effects.emplace_back(ConnectionDropped{id});
  }
}

std::vector<ConnectionId> Engine::State::detached_at(std::uint32_t broker) const {
  std::vector<ConnectionId> ids;
  detached.connections.for_each([&](const Connection& connection) {
    if (connection.id.broker == broker) ids.push_back(connection.id);
  });
  return ids;
}

}  // namespace rollcall
