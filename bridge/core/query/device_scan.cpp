// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/query/device_scan.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace rollcall {
namespace {

bool is_lower_id(const DeviceScan::Found& one, const DeviceScan::Found& other) {
  return one.device < other.device;
}

bool is_earlier_in_list(const DeviceScan::Found& one, const DeviceScan::Found& other) {
  return std::tie(other.key, one.device) < std::tie(one.key, other.device);
}

}  // namespace

DeviceScan::DeviceScan(DeviceFilter filter, DeviceOrder order, std::string after, std::size_t limit)
    : filter_(std::move(filter)), order_(order), after_(std::move(after)), limit_(limit) {}

bool DeviceScan::look_on(const Engine& engine, Time now, std::size_t devices) {
  const auto end = std::min(next_ + devices, engine.number_count());
  engine.for_each_summary(next_, end, [&](const DeviceSummary& device) {
    if (!matches(filter_, device, now)) return;
    ++total_;
    keep(device);
  });
  next_ = end;
  return next_ >= engine.number_count();
}

void DeviceScan::keep(const DeviceSummary& device) {
  if (order_ != DeviceOrder::by_device) {
    const auto key = order_ == DeviceOrder::latest_since ? device.since() : device.last_seen();
    found_.push_back({key, std::string(device.device())});
    return;
  }
  if (device.device() <= after_ && !after_.empty()) return;
  if (found_.size() < limit_) {
    found_.push_back({{}, std::string(device.device())});
    std::push_heap(found_.begin(), found_.end(), is_lower_id);
    return;
  }
  has_more_ = true;
  if (found_.empty() || device.device() >= found_.front().device) return;
  std::pop_heap(found_.begin(), found_.end(), is_lower_id);
  found_.back().device = device.device();
  std::push_heap(found_.begin(), found_.end(), is_lower_id);
}

std::vector<DeviceScan::Found> DeviceScan::take() {
  if (order_ == DeviceOrder::by_device) {
    std::sort_heap(found_.begin(), found_.end(), is_lower_id);
  } else {
    std::sort(found_.begin(), found_.end(), is_earlier_in_list);
  }
  return std::exchange(found_, {});
}

}  // namespace rollcall
