// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/flap_counter.hpp"

#include <algorithm>
#include <memory>

namespace rollcall {

void FlapCounter::count_change(std::size_t index, Time at) {
  Device& device = data_.devices[index];
  const auto& limits = device.definition->flapping;
  if (!limits) return;
  if (!device.changes) device.changes = std::make_unique<std::vector<Time>>();
  auto& changes = *device.changes;
  changes.push_back(changes.empty() ? at : std::max(at, changes.back()));
  if (changes.size() > limits->changes) {
    changes.erase(changes.begin(), changes.end() - static_cast<std::ptrdiff_t>(limits->changes));
  }
  if (changes.size() == limits->changes && changes.back() - changes.front() <= limits->within) {
    device.is_flapping = true;
  }
  if (!device.is_flapping) return;
  data_.steady_timers.set(index, changes.back() + limits->hold);
  data_.devices.touch(index);
}

void FlapCounter::grow_steady(std::size_t index) {
  data_.devices[index].is_flapping = false;
  data_.devices.touch(index);
}

void FlapCounter::forget_changes(std::size_t index) {
  data_.devices[index].changes.reset();
  data_.devices[index].is_flapping = false;
  data_.steady_timers.cancel(index);
}

}  // namespace rollcall
