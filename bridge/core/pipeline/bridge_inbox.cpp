// SPDX-License-Identifier: Apache-2.0
// What comes of the links, worked off a bounded number of events at a time: whatever one broker has to tell,
// no call takes long, and the other brokers have their turn.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "bridge/core/pipeline/bridge.hpp"

namespace rollcall {

void Bridge::link_up(std::uint32_t broker, Time now, std::size_t max_packet_bytes) {
  inboxes_[broker].add({now, Inbox::LinkUp{max_packet_bytes}});
  work_off(broker, now, most_events_);
}

void Bridge::link_down(std::uint32_t broker, Time now) {
  inboxes_[broker].add({now, Inbox::LinkDown{}});
  work_off(broker, now, most_events_);
}

void Bridge::receive(std::uint32_t broker, std::string_view bytes, Time now) {
  if (is_behind(broker)) {
    inboxes_[broker].add({now, Inbox::Message{std::string(bytes)}});
    return;
  }
  sessions_[broker]->receive(bytes, now);
  take_events(broker, now, most_events_);
}

bool Bridge::is_behind(std::uint32_t broker) const {
  return startup_.is_ending() || sessions_[broker]->is_replaying() || !inboxes_[broker].is_empty();
}

bool Bridge::is_behind() const {
  for (std::uint32_t broker = 0; broker < sessions_.size(); ++broker) {
    if (is_behind(broker)) return true;
  }
  return false;
}

bool Bridge::is_anyone_replaying() const {
  return std::any_of(sessions_.begin(), sessions_.end(),
                     [](const auto& each) { return each->is_replaying(); });
}

/// All brokers get the same share.
void Bridge::work_off(Time now, std::size_t most) {
  const bool is_start_over = is_everyone_synced() || (now >= startup_.deadline() && !is_anyone_replaying());
  if (startup_.is_active() && is_start_over) begin_end_of_startup(now);
  if (startup_.is_ending() && !go_on_ending_startup(now, most)) return;
  std::size_t busy = 0;
  for (std::uint32_t broker = 0; broker < sessions_.size(); ++broker) busy += is_behind(broker) ? 1 : 0;
  for (std::uint32_t broker = 0; broker < sessions_.size(); ++broker) {
    if (is_behind(broker)) work_off(broker, now, std::max<std::size_t>(1, most / busy));
  }
}

void Bridge::work_off(std::uint32_t broker, Time now, std::size_t most) {
  if (startup_.is_ending()) return;  // what was kept until now comes first
  auto left = take_events(broker, now, most);
  while (left > 0 && !inboxes_[broker].is_empty()) {
    const auto entry = inboxes_[broker].take();
    work_off(broker, entry, now);
    left = take_events(broker, now, left - 1);
  }
}

void Bridge::work_off(std::uint32_t broker, const Inbox::Entry& entry, Time now) {
  if (const auto* message = std::get_if<Inbox::Message>(&entry.what)) {
    sessions_[broker]->receive(message->bytes, entry.at);
  } else if (const auto* up = std::get_if<Inbox::LinkUp>(&entry.what)) {
    // The will of the link before this one may have said otherwise.
    publish(broker, topics_.bridge(), bridge_payload(true), true);
    ports_.read_statuses(broker, false);  // should a bridge have died over it
    sessions_[broker]->link_up(now, up->max_packet_bytes);
  } else {
    sessions_[broker]->link_down(entry.at);
    stale_.link_down(broker);
  }
}

/// Returns how many of `most` are left. 0: there may be more, which needs the next turn; what the session
/// wants to be done at once has been done.
std::size_t Bridge::take_events(std::uint32_t broker, Time now, std::size_t most) {
  auto& session = *sessions_[broker];
  const bool was_replaying = session.is_replaying();
  while (most > 0 || !session.is_between_changes()) {
    const auto event = session.next_event();
    if (!event) break;
    // To put a snapshot in order takes as long as to apply some events of it: they are for the next call.
    if (!was_replaying && session.is_replaying()) most = 0;
    if (most > 0) --most;
    apply(broker, *event, now);
  }
  return most;
}

}  // namespace rollcall
