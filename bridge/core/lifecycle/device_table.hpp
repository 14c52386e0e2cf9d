// SPDX-License-Identifier: Apache-2.0
// All devices, by index and by id; which of them have changed, and how many are in which status. Internal to
// the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/keyed_hash.hpp"
#include "bridge/core/lifecycle/device.hpp"
#include "bridge/core/lifecycle/fleet_counter.hpp"
#include "bridge/core/lifecycle/hash_index.hpp"

namespace rollcall {

/// A device is its index for as long as it is known. References are valid until find_or_add().
class DeviceTable {
 public:
  /// `templates` must outlive this, and stay as they are.
  explicit DeviceTable(const std::vector<TemplateDefinition>& templates) : fleet_(templates) {}

  Device& operator[](std::size_t index) { return devices_[index]; }
  const Device& operator[](std::size_t index) const { return devices_[index]; }
  /// Returns empty if the device isn't known.
  std::optional<std::size_t> find(std::string_view id) const {
    return by_id_.find(hash_of(id), [&](std::uint32_t index) { return devices_[index].id() == id; });
  }
  /// Adds one that isn't known, which has no `definition` yet. Returns empty if the id can't be a device's.
  std::optional<std::size_t> find_or_add(std::string_view id);
  /// The device isn't known any more. Its index may be another's after end_call().
  void remove(std::size_t index);
  std::size_t count() const { return by_id_.size(); }
  /// How many places find() looks at, at most. Goes through all of them.
  std::size_t longest_search() const { return by_id_.longest_search(); }
  /// All indices are below it.
  std::size_t end() const { return devices_.size(); }
  void reserve(std::size_t devices);

  /// In the order of their first contacts, but that one may have the place of another that was removed.
  template <typename Visit>
  void for_each(const Visit& visit) {
    for (std::size_t index = 0; index < devices_.size(); ++index) {
      if (!devices_[index].is_gone()) visit(index, devices_[index]);
    }
  }
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (std::size_t index = 0; index < devices_.size(); ++index) {
      if (!devices_[index].is_gone()) visit(index, devices_[index]);
    }
  }

  /// Its status is to be published by the call that is running; that is a change().
  void touch(std::size_t index) {
    if (std::exchange(devices_[index].touched, true)) return;
    touched_.push_back(index);
    change(index);
  }
  bool is_touched(std::size_t index) const { return devices_[index].touched; }
  /// What was touched since there were so many, in order, isn't to be published after all.
  std::size_t touched_count() const { return touched_.size(); }
  void untouch_since(std::size_t touched_count);
  /// The call is at its end: `visit` gets those that were touched and are still known, in order of first
  /// touch.
  template <typename Visit>
  void end_call(const Visit& visit) {
    for (const std::size_t index : touched_) {
      devices_[index].touched = false;
      if (!devices_[index].is_gone()) visit(devices_[index]);
    }
    touched_.clear();
    free_.insert(free_.end(), gone_.begin(), gone_.end());
    gone_.clear();
  }

  /// It is to be stored.
  void change(std::size_t index) {
    if (!std::exchange(devices_[index].is_changed, true)) changed_.push_back(index);
  }
  /// Takes back that the last one has changed.
  void take_back_last_change();
  std::size_t changed_count() const { return changed_.size(); }
  /// `visit` gets those that have changed since the last call and are still known, in order of first change.
  template <typename Visit>
  void take_changes(const Visit& visit) {
    for (const std::size_t index : changed_) {
      devices_[index].is_changed = false;
      fleet_.count(index, devices_[index]);
      if (!devices_[index].is_gone()) visit(index);
    }
    changed_.clear();
  }

  /// The counts of ds/fleet.
  FleetCounts count_fleet();

 private:
  static std::uint64_t hash_of(std::string_view id) { return keyed_hash(id); }

  std::vector<Device> devices_;  // some are gone: their places are taken again
  std::vector<std::size_t> free_;
  std::vector<std::size_t> gone_;  // free from the end of the call that is running on
  HashIndex by_id_;
  std::vector<std::size_t> touched_;
  std::vector<std::size_t> changed_;
  FleetCounter fleet_;  // of all but those that have changed: they are counted as they were
};

}  // namespace rollcall
