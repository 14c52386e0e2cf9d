// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/detached.hpp"

namespace rollcall {

Connection& Detached::add(std::size_t device, const ConnectionId& id) {
  return connections_.add(of_devices_[device], id);
}

std::optional<Connection> Detached::take(const ConnectionId& id) {
  const Connection* const found = connections_.find(id);
  if (found == nullptr) return std::nullopt;
  const auto of_device = of_devices_.find(found->device);
  Connection connection = connections_.take(of_device->second, id);
  if (of_device->second.is_empty()) of_devices_.erase(of_device);
  return connection;
}

std::vector<ConnectionId> Detached::of_device(std::size_t device) const {
  std::vector<ConnectionId> ids;
  for_each_of(device, [&](const Connection& connection) { ids.push_back(connection.id); });
  return ids;
}

std::vector<ConnectionId> Detached::at_broker(std::uint32_t broker) const {
  std::vector<ConnectionId> ids;
  for_each([&](const Connection& connection) {
    if (connection.id.broker == broker) ids.push_back(connection.id);
  });
  return ids;
}

}  // namespace rollcall
