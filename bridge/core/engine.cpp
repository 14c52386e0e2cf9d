// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/engine.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

#include "bridge/core/engine_state.hpp"
#include "topics/topics.hpp"

namespace rollcall {

Origin origin_of(const LastEnd& end) {
  return Origin{cause_name(end), end.graceful, end.broker, end.client_id, end.address};
}

const TemplateDefinition* Engine::State::find_template(std::string_view name) const {
  for (const TemplateDefinition& definition : templates) {
    if (definition.name == name) return &definition;
  }
  return nullptr;
}

const TemplateDefinition& Engine::State::template_of(std::string_view name) const {
  if (const auto* const found = find_template(name)) return *found;
  throw std::logic_error("an event names a template that isn't defined: " + std::string(name));
}

std::optional<std::size_t> Engine::State::find(std::string_view id) const {
  const auto found = index_by_id.find(id);
  if (found == index_by_id.end()) return std::nullopt;
  return found->second;
}

/// A device that was added has no `definition` yet. Nothing: the id is no device.
std::optional<std::size_t> Engine::State::find_or_add(std::string_view id) {
  if (const auto found = find(id)) return found;
  if (!encode_device(id)) return std::nullopt;
  const std::size_t index = devices.size();
  const auto added = index_by_id.emplace(id, index).first;
  Device& device = devices.emplace_back();
  device.id = added->first;
  device.last_seen = device.latest = Time::min();
  return index;
}

/// When it happened, as far as this device's history is concerned.
Time Engine::State::happened(Device& device, Time at) const {
  device.latest = std::max(device.latest, std::min(at, now));
  return device.latest;
}

/// True for a connection of a broker boot that has ended (rule 13).
bool Engine::State::is_over(const ConnectionId& id) const {
  const auto broker = brokers.find(id.broker);
  return broker != brokers.end() && broker->second.boot && *broker->second.boot != id.boot;
}

void Engine::State::apply(const ConnectionOpened& event) {
  if (connections.contains(event.id) || is_over(event.id)) return;
  const TemplateDefinition& definition = template_of(event.template_name);
  const auto index = find_or_add(event.device);
  if (!index) return;
  Device& device = devices[*index];
  if (device.ended == event.id) return;

  catch_up(*index, event.id.broker, event.at);
  const Time at = happened(device, event.at);
  connections.emplace(event.id, Connection{*index, event.keepalive, std::string(event.client_id),
                                           std::string(event.username), std::string(event.address)});
  device.last_seen = std::max(device.last_seen, at);
  is_restating ? touch(*index) : change(*index);
  const bool was_connected = device.is_connected();
  const bool is_new = device.definition == nullptr;
  const std::string_view from = is_new ? std::string_view() : device.status_definition().key;
  const bool is_online = !is_new && device.status == kOnline;
  device.live.push_back(event.id);
  if (was_connected) {
    came_back(*index, event.at);
    if (device.definition != &definition) contact(*index, definition);
    return;
  }

  contact(*index, definition);
  if (is_online) {
    record(device, "blip", at, from, origin_of(device.last_end));
  } else {
    enter(*index, kOnline, at, from,
          Origin{"connect", std::nullopt, event.id.broker, event.client_id, event.address});
  }
}

void Engine::State::apply(const ConnectionEnded& event) {
  const auto found = connections.find(event.id);
  if (found == connections.end() || is_over(event.id)) return;
  leave_brokers_that_are_away(found->second.device, event.at);  // it was connected here until now
  Connection connection = std::move(found->second);
  connections.erase(found);
  Device& device = devices[connection.device];
  device.ended = event.id;
  std::erase(device.live, event.id);
  is_restating ? touch(connection.device) : change(connection.device);
  const bool is_takeover = event.cause == Cause::taken_over;
  if (is_takeover && device.is_connected()) return;

  const Time at = happened(device, event.at);
  const Seconds silence = silence_of(event.cause, connection.keepalive);
  if (event.cause != Cause::broker_lost) device.last_seen = std::max(device.last_seen, at - silence);
  if (device.is_connected()) return;

  const bool graceful = !is_takeover && device.definition->is_graceful(event.cause, event.will_sent);
  device.last_end = LastEnd{event.cause,
                            graceful,
                            at,
                            silence,
                            event.id.broker,
                            std::move(connection.client_id),
                            std::move(connection.username),
                            std::move(connection.address)};
  begin_first_wait(connection.device);
}

void Engine::State::apply(const Reported& event) {
  const TemplateDefinition& definition = template_of(event.template_name);
  const auto index = definition.online_on_report ? find_or_add(event.device) : find(event.device);
  if (!index) return;
  Device& device = devices[*index];
  const Time at = happened(device, event.at);
  device.last_seen = std::max(device.last_seen, at);
  change(*index);
  if (device.is_connected() || !definition.online_on_report) return;

  const bool is_new = device.definition == nullptr;
  const bool is_online = !is_new && device.status == kOnline;
  const std::string_view from = is_new ? std::string_view() : device.status_definition().key;
  contact(*index, definition);
  device.last_end = LastEnd{};
  device.last_end.at = at;
  if (!is_online) enter(*index, kOnline, at, from, Origin{"report", std::nullopt, std::nullopt, {}, {}});
  begin_first_wait(*index);
}

/// A device that is heard of waits for nothing and goes by the template that it has from now on.
void Engine::State::contact(std::size_t index, const TemplateDefinition& definition) {
  Device& device = devices[index];
  release(index);
  device.definition = &definition;
  device.wait.reset();
  touch(index);
}

void Engine::State::enter(std::size_t index, std::size_t status, Time at, std::string_view from,
                          const Origin& origin) {
  Device& device = devices[index];
  device.previous = from;
  device.status = status;
  device.since = at;
  device.latest = std::max(device.latest, at);
  record(device, "transition", at, from, origin);
  touch(index);
}

/// Of the device's last end (rules 2, 3 and 8).
void Engine::State::begin_first_wait(std::size_t index, Time not_before) {
  const Device& device = devices[index];
  const LastEnd& end = device.last_end;
  const Branch& branch = end.graceful ? device.definition->on_graceful : device.definition->on_non_graceful;
  const Time due = end.at + std::max(Millis{0}, branch.after - end.silence);
  set_wait(index, Wait{branch.status, std::max(due, not_before), end.at, not_before, true});
}

/// From the status that the device is in to the next one, if there is one (rule 4).
void Engine::State::begin_next_wait(std::size_t index, Time began, Time not_before) {
  const auto& statuses = devices[index].definition->statuses;
  const std::size_t next = devices[index].status + 1;
  if (next >= statuses.size()) return;
  set_wait(index, Wait{next, std::max(began + statuses[next].after, not_before), began, not_before, false});
}

void Engine::State::set_wait(std::size_t index, Wait wait) {
  devices[index].wait = wait;
  timers.set(index, wait.due);
  touch(index);
}

/// Of a change to `device`'s status as it is now.
void Engine::State::record(Device& device, std::string_view kind, Time at, std::string_view from,
                           const Origin& origin) {
  Record row;
  row.device = device.id;
  row.encoded_device = encode_device(device.id).value_or(std::string());
  row.at = at;
  row.from = from;
  row.to = device.status_definition().key;
  row.kind = kind;
  row.cause = origin.cause;
  row.graceful = origin.graceful;
  row.broker = origin.broker;
  row.client_id = origin.client_id;
  row.address = origin.address;
  row.seq = ++seq;
  row.on_timeline = device.status_definition().timeline;
  effects.emplace_back(std::move(row));
}

void Engine::State::touch(std::size_t index) {
  if (std::exchange(devices[index].touched, true)) return;
  touched.push_back(index);
  change(index);
}

void Engine::State::change(std::size_t index) {
  if (!std::exchange(devices[index].is_changed, true)) changed.push_back(index);
}

void Engine::State::fire_due(Time until) {
  now = std::max(now, until);
  for (;;) {
    const auto grace_end = next_grace_end();
    const auto wait = timers.next();
    if (grace_end && *grace_end <= now && (!wait || *grace_end <= *wait)) {
      end_grace(*grace_end);
    } else if (const auto timer = timers.pop_due(now)) {
      if (!hold_back(timer->index, timer->due)) go_on(timer->index);
    } else {
      return;
    }
  }
}

bool Engine::State::hold_back(std::size_t index, Time due) {
  const auto name = devices[index].last_end.broker;
  const auto broker = name ? brokers.find(*name) : brokers.end();
  if (broker == brokers.end() || broker->second.knows(due)) return false;
  devices[index].held_back = ++last_held_back;
  broker->second.held_back.emplace(due, last_held_back, index);
  return true;
}

/// The wait of this device is over: into the status that it led to, and on to the next wait.
void Engine::State::go_on(std::size_t index) {
  Device& device = devices[index];
  const Wait wait = *std::exchange(device.wait, std::nullopt);
  enter(index, wait.status, wait.due, device.status_definition().key, origin_of(device.last_end));
  begin_next_wait(index, wait.due);
}

/// What was held back, and was due before the connect that this broker tells now, is certain. News from
/// elsewhere say nothing about it.
void Engine::State::catch_up(std::size_t index, std::uint32_t broker, Time at) {
  while (devices[index].wait && devices[index].last_end.broker == broker &&
         devices[index].wait->due <= std::min(at, now)) {
    release(index);
    go_on(index);
  }
}

void Engine::State::release(std::size_t index) {
  const Device& device = devices[index];
  timers.cancel(index);
  if (!device.wait || !device.last_end.broker) return;
  const auto broker = brokers.find(*device.last_end.broker);
  if (broker != brokers.end()) broker->second.held_back.erase({device.wait->due, device.held_back, index});
}

Effects Engine::State::finish() {
  for (const std::size_t index : touched) {
    Device& device = devices[index];
    device.touched = false;
    device.published_last_seen = device.last_seen;
    device.seq = ++seq;
    effects.emplace_back(project(device));
  }
  touched.clear();
  return std::exchange(effects, {});
}

Engine::Engine(EngineSettings settings) : state_(std::make_unique<State>()) {
  state_->templates = std::move(settings.templates);
  state_->broker_names = std::move(settings.brokers);
  state_->outage_grace = settings.outage_grace;
  state_->seq = settings.first_seq;
}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Effects Engine::handle(const Event& event, Time now) {
  state_->fire_due(now);
  std::visit([this](const auto& what) { state_->apply(what); }, event);
  // What happened some time ago may have led to something that is due by now as well.
  state_->fire_due(now);
  return state_->finish();
}

Effects Engine::advance(Time now) {
  state_->fire_due(now);
  return state_->finish();
}

void Engine::set_known_until(std::uint32_t broker, Time known_until) {
  auto& of_broker = state_->brokers[broker];
  known_until = std::max(known_until, of_broker.known_until.value_or(known_until));
  of_broker.known_until = known_until;
  auto& held_back = of_broker.held_back;
  while (!held_back.empty() && std::get<Time>(*held_back.begin()) <= known_until) {
    const auto [due, order, index] = *held_back.begin();
    held_back.erase(held_back.begin());
    state_->timers.set(index, due);
  }
}

std::optional<Time> Engine::held_back_by(std::uint32_t broker) const {
  const auto found = state_->brokers.find(broker);
  if (found == state_->brokers.end()) return std::nullopt;
  const State::Broker& of_broker = found->second;
  std::optional<Time> earliest;
  if (!of_broker.held_back.empty()) earliest = std::get<Time>(*of_broker.held_back.begin());
  if (of_broker.outage) {
    const Time grace_ends = of_broker.outage->facts.grace_ends;
    const bool is_held_back = grace_ends <= state_->now && !of_broker.knows(grace_ends);
    if (is_held_back && (!earliest || grace_ends < *earliest)) earliest = grace_ends;
  }
  return earliest;
}

std::optional<Time> Engine::next_deadline() const {
  auto next = state_->timers.next();
  for (const auto& [number, broker] : state_->brokers) {
    if (!broker.outage) continue;
    const Time grace_ends = broker.outage->facts.grace_ends;
    const bool is_held_back = grace_ends <= state_->now && !broker.knows(grace_ends);
    if (!is_held_back && (!next || grace_ends < *next)) next = grace_ends;
  }
  return next;
}

void Engine::for_each_status(const std::function<void(const PublishStatus&)>& visit) const {
  for (const Device& device : state_->devices) visit(project(device));
}

std::optional<PublishStatus> Engine::status_of(std::string_view device) const {
  const auto index = state_->find(device);
  if (!index) return std::nullopt;
  return project(state_->devices[*index]);
}

void Engine::refresh(std::string_view device) {
  if (const auto index = state_->find(device)) state_->touch(*index);
}

bool Engine::knows(std::string_view device) const { return state_->find(device).has_value(); }

bool Engine::is_at(std::string_view device, std::uint32_t broker) const {
  const auto index = state_->find(device);
  if (!index) return false;
  const Device& found = state_->devices[*index];
  if (!found.is_connected()) return found.last_end.broker == broker;
  return std::any_of(found.live.begin(), found.live.end(),
                     [&](const ConnectionId& id) { return id.broker == broker; });
}

void Engine::set_restating(bool on) { state_->is_restating = on; }

std::optional<Time> Engine::known_until(std::uint32_t broker) const {
  const auto found = state_->brokers.find(broker);
  return found == state_->brokers.end() ? std::nullopt : found->second.known_until;
}

std::uint64_t Engine::last_seq() const { return state_->seq; }

std::uint64_t Engine::take_seq() { return ++state_->seq; }

void Engine::raise_seq(std::uint64_t seq) { state_->seq = std::max(state_->seq, seq); }

FleetCounts Engine::fleet() const {
  FleetCounts counts;
  counts.devices = state_->devices.size();
  for (const TemplateDefinition& definition : state_->templates) {
    auto& of_template = counts.templates[definition.name];
    for (const StatusDefinition& status : definition.statuses) of_template[status.key] = 0;
  }
  for (const Device& device : state_->devices) {
    if (device.is_connected()) ++counts.connected;
    ++counts.templates[device.definition->name][device.status_definition().key];
  }
  return counts;
}

std::size_t Engine::device_count() const { return state_->devices.size(); }

}  // namespace rollcall
