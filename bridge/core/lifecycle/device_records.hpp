// SPDX-License-Identifier: Apache-2.0
// What is stored of a device: written, and taken over when the bridge starts or reads its configuration anew.
// Internal to the engine.
#pragma once

#include <cstddef>
#include <optional>

#include "bridge/core/lifecycle/conflicts.hpp"
#include "bridge/core/lifecycle/waits.hpp"

namespace rollcall {

class DeviceRecords {
 public:
  /// All must outlive this.
  DeviceRecords(EngineData& data, Waits& waits, Conflicts& conflicts)
      : data_(data), waits_(waits), conflicts_(conflicts) {}

  /// Into a record that is as it was made.
  void write(std::size_t index, DeviceRecord& record) const;
  /// Engine::restore().
  bool restore(const DeviceRecord& record);

 private:
  ConnectionRecord record_of(const Connection& connection) const;
  std::optional<ConnectionId> id_of(const ConnectionRecord& record) const;
  static void fill(Connection& connection, std::size_t index, const ConnectionRecord& record);
  void restore_connections(std::size_t index, const DeviceRecord& record);
  void restore_connected(std::size_t index);
  static bool may_count(const DeviceRecord& record);
  void restore_declared(Device& device, const DeviceRecord& record);

  EngineData& data_;
  Waits& waits_;
  Conflicts& conflicts_;
};

}  // namespace rollcall
