// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/engine.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "bridge/core/lifecycle/clock_step.hpp"
#include "bridge/core/lifecycle/device_summary.hpp"
#include "bridge/core/lifecycle/engine_state.hpp"
#include "bridge/core/lifecycle/status_payload.hpp"
#include "topics/names.hpp"

namespace rollcall {

Engine::Engine(EngineSettings settings) : state_(std::make_unique<State>(std::move(settings))) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

const Effects& Engine::handle(const Event& event, Time now) {
  // An outage moves everybody's waits: what was due before it must not be among them.
  const bool is_of_all =
      std::holds_alternative<BrokerAway>(event) || std::holds_alternative<BrokerFound>(event) ||
      std::holds_alternative<BrokerListed>(event) || std::holds_alternative<BrokerReturned>(event) ||
      std::holds_alternative<BrokerStoodStill>(event);
  state_->begin(now, is_of_all ? SIZE_MAX : kMaxDuePerCall);
  state_->fire_due_of(event);
  std::visit(
      [this](const auto& what) {
        if constexpr (requires { state_->contacts.apply(what); }) {
          state_->contacts.apply(what);
        } else {
          state_->outages.apply(what);
        }
      },
      event);
  // What happened some time ago may have led to something that is due by now as well.
  state_->fire_due_of(event);
  state_->fire_due(now, is_of_all ? SIZE_MAX : kMaxDuePerCall);
  return state_->finish();
}

const Effects& Engine::advance(Time now) {
  state_->begin(now, kMaxDuePerCall);
  return state_->finish();
}

Result<Effects> Engine::apply(const OperatorAction& action, Time now) {
  state_->begin(now, 0);
  const auto done = std::visit([this](const auto& what) { return state_->operators.apply(what); }, action);
  if (!done) return tl::make_unexpected(done.error());
  state_->fire_due(now, kMaxDuePerCall);
  return state_->finish();
}

const Effects& Engine::clock_stepped(Millis by, Time now) {
  state_->begin(now - by, kMaxDuePerCall);
  state_->clock_steps.move(by);
  move_along(state_->data.now, by);  // it may be later than what was handed in
  state_->data.devices.for_each(
      [this](std::size_t index, const Device& /*device*/) { state_->data.devices.touch(index); });
  return state_->finish();
}

std::size_t Engine::correct_stored_times(
    Millis by, const std::function<void(std::string_view device, std::uint64_t seq)>& visit) {
  return state_->clock_steps.correct_stored_times(by, visit);
}

void Engine::hold(bool on) { state_->is_held = on; }

void Engine::set_watermark(std::uint32_t broker, Time to) {
  state_->waits.raise(state_->data.brokers[broker].connections, to);
}

void Engine::set_activity_watermark(std::uint32_t broker, Time to) {
  state_->waits.raise(state_->data.brokers[broker].activity, to);
}

std::optional<Time> Engine::waiting_for_watermark(std::uint32_t broker) const {
  const BrokerState* const found = state_->data.brokers.find(broker);
  if (found == nullptr) return std::nullopt;
  auto earliest = found->connections.first_waiting();
  if (found->outage) {
    const Time step = found->outage->next_step();
    const bool is_waiting = step <= state_->data.now && !found->connections.covers(step);
    if (is_waiting && (!earliest || step < *earliest)) earliest = step;
  }
  return earliest;
}

std::optional<Time> Engine::next_deadline() const {
  if (state_->is_held) return std::nullopt;
  const EngineData& data = state_->data;
  auto next = data.timers.next();
  for (const auto other : {data.steady_timers.next(), data.takeovers.next_end()}) {
    if (other && (!next || *other < *next)) next = other;
  }
  for (const auto& [number, broker] : data.brokers) {
    if (!broker.outage) continue;
    const Time step = broker.outage->next_step();
    const bool is_waiting = step <= data.now && !broker.connections.covers(step);
    if (!is_waiting && (!next || step < *next)) next = step;
  }
  return next;
}

void Engine::for_each_status(
    const std::function<void(std::string_view encoded_device, const Status& status)>& visit) const {
  std::string encoded;
  state_->data.devices.for_each([&](std::size_t /*index*/, const Device& device) {
    encoded.clear();
    append_encoded(encoded, device.id());
    visit(encoded, status_payload(device));
  });
}

std::optional<Status> Engine::status_of(std::string_view device) const {
  const auto index = state_->data.devices.find(device);
  return index ? std::optional(status_payload(state_->data.devices[*index])) : std::nullopt;
}

void Engine::for_each_summary(std::size_t from, std::size_t to,
                              const std::function<void(const DeviceSummary&)>& visit) const {
  const DeviceTable& devices = state_->data.devices;
  for (std::size_t index = from; index < std::min(to, devices.end()); ++index) {
    if (!devices[index].is_gone()) visit(state_->summary_of(index));
  }
}

std::size_t Engine::number_count() const { return state_->data.devices.end(); }

void Engine::summarize(std::string_view device,
                       const std::function<void(const DeviceSummary&)>& visit) const {
  const auto index = state_->data.devices.find(device);
  if (index) visit(state_->summary_of(*index));
}

std::optional<DeviceRecord> Engine::record_of(std::string_view device) const {
  const auto index = state_->data.devices.find(device);
  if (!index) return std::nullopt;
  DeviceRecord record;
  state_->records.write(*index, record);
  return record;
}

void Engine::republish(std::string_view device) {
  if (const auto index = state_->data.devices.find(device)) state_->data.devices.touch(*index);
}

const Effects& Engine::set_queued(std::string_view device, std::size_t count, Time now) {
  auto& devices = state_->data.devices;
  if (const auto index = devices.find(device)) {
    const auto queued = static_cast<std::uint32_t>(count);
    if (std::exchange(devices[*index].queued, queued) != queued) devices.touch(*index);
  }
  return advance(now);
}

bool Engine::knows(std::string_view device) const { return state_->data.devices.find(device).has_value(); }

std::optional<std::uint64_t> Engine::seq_of(std::string_view device) const {
  const auto index = state_->data.devices.find(device);
  return index ? std::optional(state_->data.devices[*index].seq) : std::nullopt;
}

bool Engine::is_at(std::string_view device, std::uint32_t broker) const {
  const auto index = state_->data.devices.find(device);
  if (!index) return false;
  const Device& found = state_->data.devices[*index];
  if (!found.is_connected()) return found.last_end.broker == broker;
  bool is_there = false;
  state_->data.connections.for_each_of(found.live, [&](const Connection& connection) {
    is_there = is_there || connection.id.broker == broker;
  });
  return is_there;
}

void Engine::set_republishing(bool on) { state_->data.is_republishing = on; }

std::optional<Time> Engine::watermark(std::uint32_t broker) const {
  const BrokerState* const found = state_->data.brokers.find(broker);
  return found == nullptr ? std::nullopt : found->connections.time();
}

std::optional<Time> Engine::activity_watermark(std::uint32_t broker) const {
  const BrokerState* const found = state_->data.brokers.find(broker);
  return found == nullptr ? std::nullopt : found->activity.time();
}

std::optional<std::string_view> Engine::template_of(std::string_view device) const {
  const auto index = state_->data.devices.find(device);
  if (!index) return std::nullopt;
  return state_->data.devices[*index].definition->name;
}

std::uint64_t Engine::last_seq() const { return state_->data.seq; }

std::uint64_t Engine::take_seq() { return ++state_->data.seq; }

void Engine::raise_seq(std::uint64_t seq) { state_->data.seq = std::max(state_->data.seq, seq); }

FleetCounts Engine::fleet() const { return state_->data.devices.count_fleet(); }

std::size_t Engine::device_count() const { return state_->data.devices.count(); }

std::optional<ConflictSummary> Engine::conflicts() const {
  const auto* const latest = state_->data.takeovers.latest();
  if (latest == nullptr) return std::nullopt;
  const auto& [client_id, conflict] = *latest;
  ConflictSummary summary;
  summary.count = state_->data.takeovers.conflict_count();
  summary.broker = client_id.broker;
  summary.client_id = client_id.text;
  if (!conflict.devices.empty()) summary.device = state_->data.devices[conflict.devices.back()].id();
  summary.addresses = conflict.addresses;
  summary.takeovers = conflict.takeovers;
  summary.began = conflict.began;
  summary.last = conflict.last;
  return summary;
}

}  // namespace rollcall
