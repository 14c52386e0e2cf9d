// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/devices/actions: one action for all devices that a filter lets through. Pure, not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/api/api.hpp"
#include "bridge/core/query/device_scan.hpp"

namespace rollcall {

/// Made for one call; lives until that is answered.
class BulkAction : public std::enable_shared_from_this<BulkAction> {
 public:
  BulkAction(std::shared_ptr<ApiContext> context, CallPointer call)
      : context_(std::move(context)), call_(std::move(call)) {}
  void begin();

 private:
  enum class What : std::uint8_t { forget, mute, unmute, release };

  bool read_body();
  void found();
  void act_on_next();
  Result<std::uint64_t> apply(Bridge& bridge, const std::string& device, Time now) const;
  void answer() const;

  const std::shared_ptr<ApiContext> context_;
  const CallPointer call_;
  What what_ = What::forget;
  std::optional<Millis> wait_;
  std::optional<std::uint64_t> expected_;
  DeviceFilter filter_;
  std::unique_ptr<DeviceScan> scan_;
  std::vector<std::string> devices_;
  std::size_t next_ = 0;
  std::uint64_t done_ = 0, skipped_ = 0;
};

}  // namespace rollcall
