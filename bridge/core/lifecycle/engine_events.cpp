// SPDX-License-Identifier: Apache-2.0
// What happens to devices: connections that begin and end, and reports (rules 1, 2, 5, 6, 7, 13).
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "bridge/core/lifecycle/engine_state.hpp"
#include "topics/names.hpp"

namespace rollcall {

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
  return index_by_id.find(hash_of(id), [&](std::uint32_t index) { return devices[index].id() == id; });
}

/// A device that was added has no `definition` yet. Nothing: the id is no device.
std::optional<std::size_t> Engine::State::find_or_add(std::string_view id) {
  if (const auto found = find(id)) return found;
  if (!encode_device(id)) return std::nullopt;
  std::size_t index = devices.size();
  if (free_places.empty()) {
    devices.emplace_back();
  } else {
    index = free_places.back();
    free_places.pop_back();
  }
  Device& device = devices[index];
  device.name.set({id});
  index_by_id.insert(hash_of(id), static_cast<std::uint32_t>(index));
  device.last_seen = device.latest = device.heard = Time::min();
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

/// The device that an event is about; nothing: none that is known.
std::optional<std::size_t> Engine::State::device_of(const Event& event) const {
  const auto by_connection = [&](const ConnectionId& id) -> std::optional<std::size_t> {
    const auto* found = connections.find(id);
    if (found == nullptr) found = detached.connections.find(id);
    return found != nullptr ? std::optional<std::size_t>(found->device) : std::nullopt;
  };
  if (const auto* opened = std::get_if<ConnectionOpened>(&event)) return find(opened->device);
  if (const auto* ended = std::get_if<ConnectionEnded>(&event)) return by_connection(ended->id);
  if (const auto* reported = std::get_if<Reported>(&event)) return find(reported->device);
  if (const auto* active = std::get_if<Active>(&event)) return by_connection(active->id);
  if (const auto* declared = std::get_if<Declared>(&event)) return by_connection(declared->id);
  return std::nullopt;
}

/// The connection that did something at this time; nullptr: it is none that the device has, or had last.
Connection* Engine::State::find_that_counts(const ConnectionId& id, Time at) {
  auto* const found = connections.find(id);
  return found != nullptr || !outlived_others(id, at) ? found : connections.find(id);
}

void Engine::State::apply(const ConnectionOpened& event) {
  if (connections.find(event.id) != nullptr || is_over(event.id)) return;
  take_detached(event.id);
  const TemplateDefinition& definition = template_of(event.template_name);
  auto index = find_or_add(event.device);
  if (!index) return;
  if (devices[*index].ended == event.id) return;

  catch_up(*index, event.id.broker, event.at);
  if (devices[*index].is_gone()) index = find_or_add(event.device);  // it had been forgotten by then
  Device& device = devices[*index];
  const Time at = happened(device, event.at);
  const bool was_connected = device.is_connected();
  Connection& connection = connections.add(device.live, event.id);
  connection.device = static_cast<std::uint32_t>(*index);
  connection.keepalive_seconds = static_cast<std::uint16_t>(event.keepalive.count());
  connection.last_packet = at;
  last_opened = event.id;
  device.last_seen = std::max(device.last_seen, at);
  device.heard = std::max(device.heard, at);
  is_republishing ? touch(*index) : change(*index);
  const std::string_view from = device.is_gone() ? std::string_view() : device.shown_definition().key;
  const bool is_blip = !was_connected && !device.is_gone() && device.shown() == kOnline && !device.set;
  if (was_connected) came_back(*index, event.at);
  use_up(*index);
  if (!was_connected || device.definition != &definition) contact(*index, definition);
  if (!was_connected) count_change(*index, at);
  if (is_blip) record_blip(device, at);
  connection.strings = std::move(device.last_end.strings);  // mostly they are the same
  connection.strings.set({event.client_id, event.username, event.address});
  come_online(*index, at, from,
              TransitionCause{"connect", std::nullopt, event.id.broker, event.client_id, event.address});
  begin_late_wait(*index);
}

void Engine::State::apply(const ConnectionEnded& event) {
  if (is_over(event.id)) return;
  const auto* const found = find_that_counts(event.id, event.at);
  if (found == nullptr) {
    take_detached(event.id);
    return;
  }
  if (found->is_cut) return;  // it has ended already
  const std::size_t index = found->device;
  Device& device = devices[index];
  detach_from_away_brokers(index, event.at);  // it was connected here until now
  if (goes_missing(index, event)) return;
  // What this connection published has been told by now, whatever is still to be told of others.
  if (device.live.first == device.live.last) settle_late(index, event.at);
  Connection connection = connections.take(device.live, event.id);
  device.ended = event.id;
  is_republishing ? touch(index) : change(index);
  const bool is_takeover = event.cause == Cause::taken_over;
  if (is_takeover) note_takeover(connection, event.at);
  if (is_takeover && device.is_connected()) return;

  const Time at = happened(device, event.at);
  const Millis silence = silence_of(event.cause, Seconds{connection.keepalive_seconds},
                                    at - std::min(at, connection.last_packet));
  if (event.cause != Cause::broker_lost) device.last_seen = std::max(device.last_seen, at - silence);
  if (device.is_connected()) return;

  const bool graceful = is_graceful(*device.definition, event.cause, event.will_sent);
  device.last_end =
      LastEnd{event.cause, graceful, at, silence, event.id.broker, std::move(connection.strings)};
  count_change(index, at);
  begin_first_wait(index, at);
  touch(index);
}

void Engine::State::apply(const Reported& event) {
  const TemplateDefinition& definition = template_of(event.template_name);
  const auto index = definition.online_on_report ? find_or_add(event.device) : find(event.device);
  if (!index) return;
  Device& device = devices[*index];
  if (device.is_connected()) {
    active(*index, event.at, nullptr);
    return;
  }
  const Time at = happened(device, event.at);
  device.last_seen = std::max(device.last_seen, at);
  device.heard = std::max(device.heard, at);
  change(*index);
  if (!definition.online_on_report) return;

  const std::string_view from = device.is_gone() ? std::string_view() : device.shown_definition().key;
  use_up(*index);
  contact(*index, definition);
  device.last_end = LastEnd{};
  device.last_end.at = at;
  come_online(*index, at, from, TransitionCause{"report", std::nullopt, std::nullopt, {}, {}});
  begin_first_wait(*index, at);
}

void Engine::State::apply(const Active& event) {
  auto* const found = find_that_counts(event.id, event.at);
  if (found == nullptr || is_over(event.id)) return;
  found->last_packet = std::max(found->last_packet, std::min(event.at, now));
  active(found->device, event.at, found);
}

/// Whether the device was late when it left.
void Engine::State::settle_late(std::size_t index, Time at) {
  const Device& device = devices[index];
  release(index);
  if (device.wait && (device.wait->due <= std::min(at, now) || (device.set && is_over(device))))
    emit_due(index);
  stop_wait(index);
}

/// A connected device has reported: that ends its being late, and nothing else. It may be told after
/// something that came later: its own history isn't touched then.
void Engine::State::active(std::size_t index, Time at, const Connection* by) {
  Device& device = devices[index];
  at = std::min(at, now);
  if (at > device.last_seen) change(index);
  device.last_seen = std::max(device.last_seen, at);
  if (at <= device.heard) return;
  device.heard = at;
  if (device.set) device.status = kOnline;
  if (device.status != kOnline) {
    TransitionCause cause{"report", std::nullopt, std::nullopt, {}, {}};
    if (by != nullptr) {
      cause.broker = connections.last_of(device.live).id.broker;
      cause.client_id = by->strings.client_id();
      cause.address = by->strings.address();
    }
    come_online(index, happened(device, std::max(at, device.since)), device.shown_definition().key, cause);
  }
  begin_late_wait(index);
}

void Engine::State::apply(const Declared& event) {
  auto* const found = find_that_counts(event.id, event.at);
  if (found == nullptr || is_over(event.id)) return;
  found->last_packet = std::max(found->last_packet, std::min(event.at, now));
  take_declaration(found->device, event);
}

/// It came back before anybody saw that it was gone (rules 5 and 16).
void Engine::State::record_blip(Device& device, Time at) {
  const auto& ignored = device.definition->ignore_blips;
  if (ignored && at - device.last_end.at <= *ignored) return;
  record(device, "blip", at, device.shown_definition().key, cause_of(device.last_end));
}

/// A device that is heard of waits for nothing and goes by the template that it has from now on.
void Engine::State::contact(std::size_t index, const TemplateDefinition& definition) {
  Device& device = devices[index];
  stop_wait(index);
  if (device.definition != nullptr && device.definition != &definition) {
    if (device.set) change_template(device.set, *device.definition, definition);
    forget_changes(index);
  }
  device.definition = &definition;
  touch(index);
}

/// From what the world has seen of it. What an operator holds stays in front of it.
void Engine::State::come_online(std::size_t index, Time at, std::string_view from,
                                const TransitionCause& cause) {
  Device& device = devices[index];
  if (device.set || from == device.definition->statuses[kOnline].key) {
    device.status = kOnline;
  } else {
    enter(index, kOnline, at, from, cause);
  }
}

}  // namespace rollcall
