// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/waits.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {

void Waits::begin_first_wait(std::size_t index, Time began, Time not_before) {
  const Device& device = data_.devices[index];
  const LastEnd& end = device.last_end;
  begin_wait(index, first_wait(*device.definition, device.status, {end.graceful, began, end.silence},
                               device.declared(), not_before));
}

void Waits::begin_next_wait(std::size_t index, Time began, Time not_before, bool by_operator) {
  const Device& device = data_.devices[index];
  begin_wait(index,
             next_wait(*device.definition, device.status, began, device.declared(), not_before, by_operator));
}

void Waits::begin_late_wait(std::size_t index) {
  Device& device = data_.devices[index];
  if (!device.is_connected() || data_.brokers.missing_since(index)) return;
  const auto wait = late_wait(*device.definition, device.heard);
  if (!wait) return;
  release(index);
  device.wait = wait;
  arm(index);
}

void Waits::begin_wait(std::size_t index, const std::optional<Wait>& wait) {
  wait ? set_wait(index, *wait) : arm(index);
}

void Waits::set_wait(std::size_t index, Wait wait) {
  data_.devices[index].wait = wait;
  arm(index);
  data_.devices.touch(index);
}

void Waits::stop_wait(std::size_t index) {
  release(index);
  data_.devices[index].wait.reset();
}

void Waits::arm(std::size_t index) {
  const Device& device = data_.devices[index];
  data_.timers.cancel(index);
  if (!device.set) {
    if (device.wait) data_.timers.set(index, device.wait->due);
  } else if (device.set->until && !device.is_connected()) {
    data_.timers.set(index, std::max(*device.set->until, device.last_end.at));
  }
}

bool Waits::is_over(const Device& device) {
  if (!device.wait || device.wait->kind == WaitKind::forget || device.wait->due > data_.now) return false;
  const Watermark* const watermark = watermark_of(device);
  return watermark == nullptr || watermark->covers(device.wait->due);
}

/// The one that has to cover this device's wait before that can be judged; nullptr if it needs no broker.
Watermark* Waits::watermark_of(const Device& device) {
  if (device.wait->by_operator) return nullptr;
  const bool is_late = device.wait->kind == WaitKind::late;
  const auto name =
      is_late ? std::optional(data_.connections.last_of(device.live).id.broker) : device.last_end.broker;
  BrokerState* const broker = name ? data_.brokers.find(*name) : nullptr;
  if (broker == nullptr) return nullptr;
  return is_late ? &broker->activity : &broker->connections;
}

bool Waits::wait_for_watermark(std::size_t index, Time due) {
  Watermark* const watermark = watermark_of(data_.devices[index]);
  if (watermark == nullptr || watermark->covers(due)) return false;
  data_.devices[index].waiting_for_watermark = ++last_waiting_;
  watermark->add_waiting(due, last_waiting_, index);
  return true;
}

void Waits::release(std::size_t index) {
  Device& device = data_.devices[index];
  data_.timers.cancel(index);
  const auto order = std::exchange(device.waiting_for_watermark, 0);
  if (order == 0 || !device.wait) return;
  for (auto& [number, broker] : data_.brokers) {
    broker.connections.remove_waiting(device.wait->due, order, index);
    broker.activity.remove_waiting(device.wait->due, order, index);
  }
}

void Waits::raise(Watermark& watermark, Time to) {
  watermark.raise(to, [this](std::size_t index, Time due) {
    data_.devices[index].waiting_for_watermark = 0;
    data_.timers.set(index, due);
  });
}

}  // namespace rollcall
