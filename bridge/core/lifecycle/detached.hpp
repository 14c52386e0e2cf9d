// SPDX-License-Identifier: Apache-2.0
// Connections at brokers that are away, which don't count beside their devices' others (rule 14). They may
// live. Internal to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "bridge/core/lifecycle/connections.hpp"

namespace rollcall {

class Detached {
 public:
  /// Returns nullptr if it isn't detached.
  const Connection* find(const ConnectionId& id) const { return connections_.find(id); }
  /// One that isn't detached yet; Connection::device is the caller's to set. The reference is valid until the
  /// next add().
  Connection& add(std::size_t device, const ConnectionId& id);
  /// Returns empty if it isn't detached.
  std::optional<Connection> take(const ConnectionId& id);

  std::vector<ConnectionId> of_device(std::size_t device) const;
  std::vector<ConnectionId> at_broker(std::uint32_t broker) const;

  /// In the order in which they were added.
  template <typename Visit>
  void for_each_of(std::size_t device, const Visit& visit) const {
    const auto found = of_devices_.find(device);
    if (found != of_devices_.end()) connections_.for_each_of(found->second, visit);
  }
  /// In no order.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    connections_.for_each(visit);
  }
  template <typename Visit>
  void change_each(const Visit& visit) {
    connections_.change_each(visit);
  }

 private:
  Connections connections_;
  std::map<std::size_t, LiveConnections> of_devices_;  // of no other devices
};

}  // namespace rollcall
