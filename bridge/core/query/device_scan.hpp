// SPDX-License-Identifier: Apache-2.0
// Goes through all devices in portions and keeps those that a filter lets through: the first page of them, or
// all. Devices may come, change and go between two portions. Pure, not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/query/device_filter.hpp"

namespace rollcall {

enum class DeviceOrder : std::uint8_t {
  by_device,        ///< bytewise
  latest_since,     ///< the latest change of status first
  latest_last_seen  ///< the one that was seen last first
};

class DeviceScan {
 public:
  /// One portion takes far less than 5 ms.
  static constexpr std::size_t kPortion = 2048;

  struct Found {
    Time key{};  ///< by_device: none
    std::string device;
  };

  /// by_device: keeps the first `limit` whose ids are above `after`. The other orders: keeps all, for they
  /// change while somebody reads page after page.
  DeviceScan(DeviceFilter filter, DeviceOrder order, std::string after, std::size_t limit);

  /// Looks at the next devices. Returns true once all have been looked at.
  bool look_on(const Engine& engine, Time now, std::size_t devices = kPortion);

  /// How many the filter lets through, those up to `after` too.
  std::size_t total() const { return total_; }
  /// by_device: true if there are more than `limit` of them above `after`.
  bool has_more() const { return has_more_; }
  /// What was kept, in order. Once all have been looked at; may take a while: not on the engine's thread.
  std::vector<Found> take();

 private:
  void keep(const DeviceSummary& device);

  const DeviceFilter filter_;
  const DeviceOrder order_;
  const std::string after_;
  const std::size_t limit_;
  std::size_t next_ = 0, total_ = 0;
  bool has_more_ = false;
  std::vector<Found> found_;  // by_device: a heap, the greatest id first
};

}  // namespace rollcall
