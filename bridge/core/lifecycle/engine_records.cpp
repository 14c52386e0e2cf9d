// SPDX-License-Identifier: Apache-2.0
// What the engine gives away to be stored, and takes over.
#include "bridge/core/lifecycle/engine_state.hpp"

namespace rollcall {

void Engine::reserve(std::size_t devices) { state_->data.devices.reserve(devices); }

bool Engine::restore(const DeviceRecord& record) { return state_->records.restore(record); }

void Engine::restore_outage(std::uint32_t broker, std::uint64_t boot, const OutageRecord& outage) {
  BrokerState& of_broker = state_->data.brokers[broker];
  of_broker.boot = boot;
  if (!of_broker.outage) of_broker.outage.emplace();
  of_broker.outage->facts = outage;
  of_broker.outage->change_graces(
      [&](Time grace_ends) { return grace_ends == Time::min() ? outage.grace_ends : grace_ends; });
}

std::vector<DeviceRecord> Engine::take_changes() {
  std::vector<DeviceRecord> records;
  records.reserve(change_count());
  state_->data.devices.take_changes(
      [&](std::size_t index) { state_->records.write(index, records.emplace_back()); });
  return records;
}

void Engine::store_again(std::string_view device) {
  if (const auto index = state_->data.devices.find(device)) state_->data.devices.change(*index);
}

bool Engine::has_changes() const { return change_count() > 0; }

std::size_t Engine::change_count() const { return state_->data.devices.changed_count(); }

bool Engine::is_changed(std::string_view device) const {
  const auto index = state_->data.devices.find(device);
  return index && state_->data.devices[*index].is_changed;
}

void Engine::for_each_record(const std::function<void(const DeviceRecord&)>& visit) const {
  state_->data.devices.for_each([&](std::size_t index, const Device& /*device*/) {
    DeviceRecord record;
    state_->records.write(index, record);
    visit(record);
  });
}

void Engine::for_each_device(
    const std::function<void(std::string_view device, std::uint64_t seq)>& visit) const {
  state_->data.devices.for_each(
      [&](std::size_t /*index*/, const Device& device) { visit(device.id(), device.seq); });
}

void Engine::for_each_connection(
    const std::function<void(const ConnectionId&, std::string_view client_id)>& visit) const {
  const auto visit_one = [&](const Connection& connection) {
    visit(connection.id, connection.strings.client_id());
  };
  state_->data.connections.for_each(visit_one);
  state_->data.detached.for_each(visit_one);
}

std::optional<OutageRecord> Engine::outage_of(std::uint32_t broker) const {
  const BrokerState* const found = state_->data.brokers.find(broker);
  if (found == nullptr || !found->outage) return std::nullopt;
  return found->outage->facts;
}

}  // namespace rollcall
