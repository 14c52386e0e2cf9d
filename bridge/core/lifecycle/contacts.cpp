// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/contacts.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "bridge/core/lifecycle/declaration.hpp"

namespace rollcall {

std::optional<std::size_t> Contacts::device_of(const Event& event) const {
  const auto by_connection = [&](const ConnectionId& id) -> std::optional<std::size_t> {
    const auto* found = data_.connections.find(id);
    if (found == nullptr) found = data_.detached.find(id);
    return found != nullptr ? std::optional<std::size_t>(found->device) : std::nullopt;
  };
  if (const auto* opened = std::get_if<ConnectionOpened>(&event)) return data_.devices.find(opened->device);
  if (const auto* ended = std::get_if<ConnectionEnded>(&event)) return by_connection(ended->id);
  if (const auto* reported = std::get_if<Reported>(&event)) return data_.devices.find(reported->device);
  if (const auto* active = std::get_if<Active>(&event)) return by_connection(active->id);
  if (const auto* declared = std::get_if<Declared>(&event)) return by_connection(declared->id);
  return std::nullopt;
}

/// Returns the connection that did something at this time; nullptr if it is none that the device has, or had
/// last.
Connection* Contacts::find_that_counts(const ConnectionId& id, Time at) {
  auto* const found = data_.connections.find(id);
  return found != nullptr || !outages_.outlived_others(id, at) ? found : data_.connections.find(id);
}

void Contacts::apply(const ConnectionOpened& event) {
  if (data_.connections.find(event.id) != nullptr || data_.brokers.is_over(event.id)) return;
  outages_.take_detached(event.id);
  const TemplateDefinition& definition = data_.templates.at(event.template_name);
  auto index = data_.devices.find_or_add(event.device);
  if (!index) return;
  if (data_.devices[*index].ended == event.id) return;

  chain_.catch_up(*index, event.id.broker, event.at);
  if (data_.devices[*index].is_gone())
    index = data_.devices.find_or_add(event.device);  // it had been forgotten by then
  Device& device = data_.devices[*index];
  const Time at = transitions_.happened(device, event.at);
  const bool was_connected = device.is_connected();
  const bool is_first = device.is_gone() || device.is_only_registered();
  Connection& connection = data_.connections.add(device.live, event.id);
  connection.device = static_cast<std::uint32_t>(*index);
  connection.keepalive_seconds = static_cast<std::uint16_t>(event.keepalive.count());
  connection.protocol = event.protocol;
  connection.since = std::min(event.at, data_.now);
  connection.last_packet = at;
  conflicts_.note_opened(event.id);
  device.last_seen = std::max(device.last_seen, at);
  device.heard = std::max(device.heard, at);
  data_.is_republishing ? data_.devices.touch(*index) : data_.devices.change(*index);
  const std::string_view from = device.is_gone() ? std::string_view() : device.shown_definition().key;
  const bool is_blip = !was_connected && !device.is_gone() && device.shown() == kOnline && !device.set;
  if (was_connected) outages_.came_back(*index, event.at);
  chain_.use_up(*index);
  if (!was_connected || device.definition != &definition) chain_.contact(*index, definition);
  if (!was_connected) flapping_.count_change(*index, at);
  transitions_.note_contact(device, Contact::Kind::connect, at, is_first);
  if (is_blip) transitions_.record_blip(device, at);
  if (!was_connected && device.set) transitions_.pass_blip(device, at);
  connection.strings = std::move(device.last_end.strings);  // mostly they are the same
  connection.strings.set({event.client_id, event.username, event.address});
  chain_.come_online(
      *index, at, from,
      TransitionCause{"connect", std::nullopt, event.id.broker, event.client_id, event.address});
  waits_.begin_late_wait(*index);
}

void Contacts::apply(const ConnectionEnded& event) {
  if (data_.brokers.is_over(event.id)) return;
  const auto* const found = find_that_counts(event.id, event.at);
  if (found == nullptr) {
    outages_.take_detached(event.id);
    return;
  }
  if (found->is_cut) return;  // it has ended already
  const std::size_t index = found->device;
  Device& device = data_.devices[index];
  outages_.detach_from_away_brokers(index, event.at);  // it was connected here until now
  if (outages_.goes_missing(index, event)) return;
  // What this connection published has been told by now, whatever is still to be told of others.
  if (device.live.first == device.live.last) chain_.settle_late(index, event.at);
  Connection connection = data_.connections.take(device.live, event.id);
  device.ended = event.id;
  data_.is_republishing ? data_.devices.touch(index) : data_.devices.change(index);
  const bool is_takeover = event.cause == Cause::taken_over;
  if (is_takeover) conflicts_.note_takeover(connection, event.at);
  if (is_takeover && device.is_connected()) return;

  const Time at = transitions_.happened(device, event.at);
  const Millis silence = silence_of(event.cause, Seconds{connection.keepalive_seconds},
                                    at - std::min(at, connection.last_packet));
  if (event.cause != Cause::broker_lost) device.last_seen = std::max(device.last_seen, at - silence);
  if (device.is_connected()) return;

  const bool graceful = is_graceful(*device.definition, event.cause, event.will_sent);
  device.last_end = LastEnd{event.cause, graceful,        event.cause != Cause::broker_lost, at,
                            silence,     event.id.broker, std::move(connection.strings)};
  transitions_.note_contact(device, Contact::Kind::disconnect, at);
  flapping_.count_change(index, at);
  waits_.begin_first_wait(index, at);
  data_.devices.touch(index);
}

void Contacts::apply(const Reported& event) {
  const TemplateDefinition& definition = data_.templates.at(event.template_name);
  const auto index = definition.online_on_report ? data_.devices.find_or_add(event.device)
                                                 : data_.devices.find(event.device);
  if (!index) return;
  Device& device = data_.devices[*index];
  if (device.is_connected()) {
    active(*index, event.at, nullptr);
    return;
  }
  const Time at = transitions_.happened(device, event.at);
  device.last_seen = std::max(device.last_seen, at);
  device.heard = std::max(device.heard, at);
  data_.devices.change(*index);
  const bool is_contact = definition.online_on_report;
  const bool is_first = is_contact && (device.is_gone() || device.is_only_registered());
  transitions_.note_contact(device, Contact::Kind::report, at, is_first, event.reporter);
  if (!is_contact) return;

  const std::string_view from = device.is_gone() ? std::string_view() : device.shown_definition().key;
  chain_.use_up(*index);
  chain_.contact(*index, definition);
  device.last_end = LastEnd{};
  device.last_end.at = at;
  chain_.come_online(*index, at, from, TransitionCause{"report"});
  waits_.begin_first_wait(*index, at);
}

void Contacts::apply(const Active& event) {
  auto* const found = find_that_counts(event.id, event.at);
  if (found == nullptr || data_.brokers.is_over(event.id)) return;
  found->last_packet = std::max(found->last_packet, std::min(event.at, data_.now));
  active(found->device, event.at, found);
}

void Contacts::apply(const Declared& event) {
  auto* const found = find_that_counts(event.id, event.at);
  if (found == nullptr || data_.brokers.is_over(event.id)) return;
  found->last_packet = std::max(found->last_packet, std::min(event.at, data_.now));
  take_declaration(found->device, event);
}

/// A connected device has reported: that ends its being late, and nothing else. It may be told after
/// something that came later: its own history isn't touched then.
void Contacts::active(std::size_t index, Time at, const Connection* by) {
  Device& device = data_.devices[index];
  at = std::min(at, data_.now);
  if (at > device.last_seen) data_.devices.change(index);
  device.last_seen = std::max(device.last_seen, at);
  if (at <= device.heard) return;
  device.heard = at;
  transitions_.note_contact(device, Contact::Kind::report, at);
  if (device.set) device.status = kOnline;
  if (device.status != kOnline) {
    TransitionCause cause{"report"};
    if (by != nullptr) {
      cause.broker = data_.connections.last_of(device.live).id.broker;
      cause.client_id = by->strings.client_id();
      cause.address = by->strings.address();
    }
    chain_.come_online(index, transitions_.happened(device, std::max(at, device.since)),
                       device.shown_definition().key, cause);
  }
  waits_.begin_late_wait(index);
}

void Contacts::take_declaration(std::size_t index, const Declared& event) {
  Device& device = data_.devices[index];
  const Time at = std::min(event.at, data_.now);
  const auto parsed = parse_declaration(event.payload, *device.definition);
  if (!parsed) {
    data_.effects.add(DeclarationRefused{data_.effects.encoded(device.id()),
                                         {at, data_.effects.keep(parsed.error().message)}});
    return;
  }
  data_.devices.change(index);
  if (!*parsed) {
    device.declaration.reset();
  } else {
    device.declaration = std::make_unique<Declaration>(Declaration{**parsed, event.id, at});
  }
}

}  // namespace rollcall
