// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/engine.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "bridge/core/lifecycle/engine_state.hpp"
#include "topics/names.hpp"

namespace rollcall {

Engine::Engine(EngineSettings settings) : state_(std::make_unique<State>()) {
  state_->templates = std::move(settings.templates);
  state_->broker_names = std::move(settings.brokers);
  state_->outage_grace = settings.outage_grace;
  state_->seq = settings.first_seq;
  state_->fleet.begin(state_->templates);
}
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
  std::visit([this](const auto& what) { state_->apply(what); }, event);
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
  const auto done = std::visit([this](const auto& what) { return state_->apply(what); }, action);
  if (!done) return tl::make_unexpected(done.error());
  state_->fire_due(now, kMaxDuePerCall);
  return state_->finish();
}

void Engine::State::begin(Time until, std::size_t at_most) {
  effects.clear();
  arena.drop();
  takeovers.forget_old(now);
  fire_due(until, at_most);
}

void Engine::State::raise(Watermark& watermark, Time to) {
  watermark.raise(to, [this](std::size_t index, Time due) {
    devices[index].waiting_for_watermark = 0;
    timers.set(index, due);
  });
}

void Engine::set_watermark(std::uint32_t broker, Time to) {
  state_->raise(state_->brokers[broker].connections, to);
}

void Engine::set_activity_watermark(std::uint32_t broker, Time to) {
  state_->raise(state_->brokers[broker].activity, to);
}

std::optional<Time> Engine::waiting_for_watermark(std::uint32_t broker) const {
  const auto found = state_->brokers.find(broker);
  if (found == state_->brokers.end()) return std::nullopt;
  const State::Broker& of_broker = found->second;
  auto earliest = of_broker.connections.first_waiting();
  if (of_broker.outage) {
    const Time step = of_broker.outage->next_step();
    const bool is_waiting = step <= state_->now && !of_broker.connections.covers(step);
    if (is_waiting && (!earliest || step < *earliest)) earliest = step;
  }
  return earliest;
}

std::optional<Time> Engine::next_deadline() const {
  if (state_->is_held) return std::nullopt;
  auto next = state_->timers.next();
  for (const auto other : {state_->steady_timers.next(), state_->takeovers.next_end()}) {
    if (other && (!next || *other < *next)) next = other;
  }
  for (const auto& [number, broker] : state_->brokers) {
    if (!broker.outage) continue;
    const Time step = broker.outage->next_step();
    const bool is_waiting = step <= state_->now && !broker.connections.covers(step);
    if (!is_waiting && (!next || step < *next)) next = step;
  }
  return next;
}

void Engine::for_each_status(
    const std::function<void(std::string_view encoded_device, const Status& status)>& visit) const {
  std::string encoded;
  for (const Device& device : state_->devices) {
    if (device.is_gone()) continue;
    encoded.clear();
    append_encoded(encoded, device.id());
    visit(encoded, status_payload(device));
  }
}

std::optional<Status> Engine::status_of(std::string_view device) const {
  const auto index = state_->find(device);
  return index ? std::optional(status_payload(state_->devices[*index])) : std::nullopt;
}

void Engine::republish(std::string_view device) {
  if (const auto index = state_->find(device)) state_->touch(*index);
}

bool Engine::knows(std::string_view device) const { return state_->find(device).has_value(); }

std::optional<std::uint64_t> Engine::seq_of(std::string_view device) const {
  const auto index = state_->find(device);
  return index ? std::optional(state_->devices[*index].seq) : std::nullopt;
}

bool Engine::is_at(std::string_view device, std::uint32_t broker) const {
  const auto index = state_->find(device);
  if (!index) return false;
  const Device& found = state_->devices[*index];
  if (!found.is_connected()) return found.last_end.broker == broker;
  bool is_there = false;
  state_->connections.for_each_of(found.live, [&](const Connection& connection) {
    is_there = is_there || connection.id.broker == broker;
  });
  return is_there;
}

void Engine::set_republishing(bool on) { state_->is_republishing = on; }

std::optional<Time> Engine::watermark(std::uint32_t broker) const {
  const auto found = state_->brokers.find(broker);
  return found == state_->brokers.end() ? std::nullopt : found->second.connections.time();
}

std::optional<Time> Engine::activity_watermark(std::uint32_t broker) const {
  const auto found = state_->brokers.find(broker);
  return found == state_->brokers.end() ? std::nullopt : found->second.activity.time();
}

std::optional<std::string_view> Engine::template_of(std::string_view device) const {
  const auto index = state_->find(device);
  if (!index) return std::nullopt;
  return state_->devices[*index].definition->name;
}

std::uint64_t Engine::last_seq() const { return state_->seq; }

std::uint64_t Engine::take_seq() { return ++state_->seq; }

void Engine::raise_seq(std::uint64_t seq) { state_->seq = std::max(state_->seq, seq); }

FleetCounts Engine::fleet() const {
  for (const std::size_t index : state_->changed) state_->fleet.count(index, state_->devices[index]);
  return state_->fleet.counts();
}

std::size_t Engine::device_count() const { return state_->index_by_id.size(); }

}  // namespace rollcall
