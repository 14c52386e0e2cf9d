// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/transitions.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/lifecycle/status_payload.hpp"

namespace rollcall {

TransitionCause cause_of(const LastEnd& end) {
  return TransitionCause{cause_name(end), end.graceful, end.broker, end.strings.client_id(),
                         end.strings.address()};
}

Time Transitions::happened(Device& device, Time at) const {
  device.latest = std::max(device.latest, std::min(at, data_.now));
  return device.latest;
}

void Transitions::record(Device& device, std::string_view kind, Time at, std::string_view from,
                         const TransitionCause& cause) {
  count_disconnect(device);
  RowAdded& added = data_.effects.add<RowAdded>();
  added.encoded_device = data_.effects.encoded(device.id());
  added.template_name = device.definition->name;
  added.on_timeline = device.shown_definition().timeline;
  TimelineRow& row = added.row;
  row.device = data_.effects.keep(device.id());
  row.at = at;
  row.from = from;
  row.to = device.shown_definition().key;
  row.kind = kind;
  row.cause = cause.cause;
  row.graceful = cause.graceful;
  if (cause.broker) row.broker = data_.broker_name(*cause.broker);
  row.client_id = data_.effects.keep(cause.client_id);
  row.address = data_.effects.keep(cause.address);
  row.seq = ++data_.seq;
}

void Transitions::enter(std::size_t index, std::size_t status, Time at, std::string_view from,
                        const TransitionCause& cause) {
  Device& device = data_.devices[index];
  device.previous = from;
  device.status = status;
  device.since = at;
  if (device.set) return;  // unseen
  device.latest = std::max(device.latest, at);
  record(device, "transition", at, from, cause);
  data_.devices.touch(index);
}

void Transitions::record_blip(Device& device, Time at) {
  if (is_ignored(device, at)) {
    device.last_end.may_count = false;
  } else {
    record(device, "blip", at, device.shown_definition().key, cause_of(device.last_end));
  }
}

void Transitions::pass_blip(Device& device, Time at) {
  if (device.last_end.may_count && is_ignored(device, at)) device.last_end.may_count = false;
  count_disconnect(device);
}

bool Transitions::is_ignored(const Device& device, Time at) {
  const auto& ignored = device.definition->ignore_blips;
  return ignored && at - device.last_end.at <= *ignored;
}

void Transitions::note_contact(const Device& device, Contact::Kind kind, Time at, bool is_first,
                               std::string_view reporter) {
  auto& contact = data_.effects.add<Contact>();
  contact.device = data_.effects.keep(device.id());
  contact.kind = kind;
  contact.at = at;
  contact.is_first = is_first;
  contact.reporter = reporter.empty() ? reporter : data_.effects.keep(reporter);
}

void Transitions::count_disconnect(Device& device) {
  if (std::exchange(device.last_end.may_count, false))
    note_contact(device, Contact::Kind::own_disconnect, device.last_end.at);
}

}  // namespace rollcall
