// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/device_table.hpp"

#include "topics/names.hpp"

namespace rollcall {

std::optional<std::size_t> DeviceTable::find_or_add(std::string_view id) {
  if (const auto found = find(id)) return found;
  if (!can_be_device(id)) return std::nullopt;
  std::size_t index = devices_.size();
  if (free_.empty()) {
    devices_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Device& device = devices_[index];
  device.name.set({id});
  by_id_.insert(hash_of(id), static_cast<std::uint32_t>(index));
  device.last_seen = device.latest = device.heard = Time::min();
  return index;
}

void DeviceTable::remove(std::size_t index) {
  Device& device = devices_[index];
  by_id_.erase(hash_of(device.id()), static_cast<std::uint32_t>(index));
  // It may still be among those that were touched or have changed.
  Device empty;
  empty.touched = device.touched;
  empty.is_changed = device.is_changed;
  device = std::move(empty);
  fleet_.count(index, device);
  gone_.push_back(index);
}

void DeviceTable::reserve(std::size_t devices) {
  devices_.reserve(devices);
  by_id_.reserve(devices);
}

void DeviceTable::untouch_since(std::size_t touched_count) {
  for (std::size_t i = touched_count; i < touched_.size(); ++i) devices_[touched_[i]].touched = false;
  touched_.resize(touched_count);
}

void DeviceTable::take_back_last_change() {
  const std::size_t index = changed_.back();
  changed_.pop_back();
  devices_[index].is_changed = false;
  fleet_.count(index, devices_[index]);
}

FleetCounts DeviceTable::count_fleet() {
  for (const std::size_t index : changed_) fleet_.count(index, devices_[index]);
  return fleet_.counts();
}

}  // namespace rollcall
