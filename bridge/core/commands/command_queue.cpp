// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/commands/command_queue.hpp"

#include <algorithm>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {

void CommandQueue::restore(CommandRecord command) {
  last_order_ = std::max(last_order_, command.order);
  changed_devices_.insert(command.device);
  put(std::move(command));
}

void CommandQueue::put(CommandRecord command) {
  auto& device = devices_[command.device];
  const auto bytes = bytes_of(command);
  device.bytes += bytes;
  bytes_ += bytes;
  ++total_;
  expiries_.insert({command.expires, {command.device, command.order}});
  device.orders[command.topic] = command.order;
  const auto order = command.order;
  device.commands.emplace(order, std::move(command));
}

std::size_t CommandQueue::add(CommandRecord command) {
  if (bytes_of(command) > limits_.bytes || bytes_ + bytes_of(command) > kMaxQueuedBytes) return 1;
  remove_topic(command.device, command.topic);
  command.order = ++last_order_;
  const auto device = command.device;
  changed_devices_.insert(device);
  changed_topics_.emplace(device, command.topic);
  put(std::move(command));
  return bound(device);
}

std::size_t CommandQueue::bound(const std::string& device) {
  std::size_t dropped = 0;
  for (;;) {
    const auto found = devices_.find(device);
    const auto& [commands, orders, bytes] = found->second;
    if (commands.size() <= limits_.topics && bytes <= limits_.bytes) return dropped;
    dropped += take_out(found, commands.begin()->first);
  }
}

/// Returns 1, or 0 if there is none.
std::size_t CommandQueue::take_out(Devices::iterator device, std::uint64_t order) {
  auto& [commands, orders, bytes] = device->second;
  const auto command = commands.find(order);
  if (command == commands.end()) return 0;
  const auto size = bytes_of(command->second);
  bytes -= size;
  bytes_ -= size;
  --total_;
  expiries_.erase({command->second.expires, {device->first, order}});
  changed_devices_.insert(device->first);
  changed_topics_.emplace(device->first, command->second.topic);
  orders.erase(command->second.topic);
  commands.erase(command);
  if (commands.empty()) devices_.erase(device);
  return 1;
}

const CommandRecord* CommandQueue::next(std::string_view device) const {
  const auto found = devices_.find(device);
  return found == devices_.end() ? nullptr : &found->second.commands.begin()->second;
}

std::size_t CommandQueue::count(std::string_view device) const {
  const auto found = devices_.find(device);
  return found == devices_.end() ? 0 : found->second.commands.size();
}

void CommandQueue::for_each(std::string_view device,
                            const std::function<void(const CommandRecord&)>& visit) const {
  const auto found = devices_.find(device);
  if (found == devices_.end()) return;
  for (const auto& [order, command] : found->second.commands) visit(command);
}

void CommandQueue::for_each_device(const std::function<void(std::string_view device)>& visit) const {
  for (const auto& [device, commands] : devices_) visit(device);
}

std::size_t CommandQueue::remove(std::string_view device, std::uint64_t order) {
  const auto found = devices_.find(device);
  return found == devices_.end() ? 0 : take_out(found, order);
}

std::size_t CommandQueue::remove_topic(std::string_view device, std::string_view topic) {
  const auto found = devices_.find(device);
  if (found == devices_.end()) return 0;
  const auto order = found->second.orders.find(topic);
  return order == found->second.orders.end() ? 0 : take_out(found, order->second);
}

std::size_t CommandQueue::clear(std::string_view device) {
  std::size_t gone = 0;
  for (const auto* command = next(device); command != nullptr; command = next(device)) {
    gone += take_out(devices_.find(device), command->order);
  }
  return gone;
}

std::size_t CommandQueue::expire(Time now) {
  std::size_t gone = 0;
  while (next_expiry() <= now) {
    const auto [device, order] = expiries_.begin()->second;
    gone += remove(device, order);
  }
  return gone;
}

void CommandQueue::clock_stepped(Millis by) {
  expiries_.clear();
  for (auto& [name, device] : devices_) {
    for (auto& [order, command] : device.commands) {
      move_along(command.at, by);
      move_along(command.expires, by);
      expiries_.insert({command.expires, {name, order}});
      changed_topics_.emplace(name, command.topic);
    }
  }
}

std::vector<std::string> CommandQueue::take_changed_devices() {
  const auto changed = std::exchange(changed_devices_, {});
  return {changed.begin(), changed.end()};
}

void CommandQueue::add_changes(StoreBatch& batch) {
  for (const auto& [name, topic] : std::exchange(changed_topics_, {})) {
    const auto device = devices_.find(name);
    const auto* const orders = device == devices_.end() ? nullptr : &device->second.orders;
    const auto order = orders == nullptr ? decltype(orders->end()){} : orders->find(topic);
    if (orders == nullptr || order == orders->end()) {
      batch.removed_commands.emplace_back(name, topic);
    } else {
      batch.commands.push_back(device->second.commands.at(order->second));
    }
  }
}

}  // namespace rollcall
