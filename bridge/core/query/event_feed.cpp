// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/query/event_feed.hpp"

#include <array>
#include <utility>

#include "base/json_text.hpp"

namespace rollcall {

std::string_view to_string(LiveEvent::Kind kind) {
  constexpr std::array<std::string_view, 6> kNames{"status", "row", "fleet", "incident", "bridge", "gone"};
  return kNames[static_cast<std::size_t>(kind)];
}

void EventFeed::add(LiveEvent::Kind kind, std::string_view device, std::string_view json) {
  events_.push_back({kind, std::string(device), std::string(json), std::nullopt});
}

void EventFeed::status_changed(const StatusChanged& effect, EffectPayload& payload) {
  if (is_wanted_) add(LiveEvent::Kind::status, effect.status.device, payload.json());
}

void EventFeed::row_added(const RowAdded& effect, EffectPayload& payload) {
  if (is_wanted_ && effect.on_timeline) add(LiveEvent::Kind::row, effect.row.device, payload.json());
}

void EventFeed::incident_ended(const IncidentEnded& /*effect*/, EffectPayload& payload) {
  if (is_wanted_) add(LiveEvent::Kind::incident, {}, payload.json());
}

void EventFeed::device_forgotten(const DeviceForgotten& effect) {
  if (!is_wanted_) return;
  add(LiveEvent::Kind::gone, effect.device, object_of([&](JsonObjectWriter& object) {
        object.string("device", effect.device);
        object.number("seq", effect.seq);
      }));
}

void EventFeed::notify(const Notification& notification, Time /*now*/) {
  if (is_wanted_ && notification.incident)
    add(LiveEvent::Kind::incident, {}, to_json(*notification.incident));
}

void EventFeed::look_at(const std::string& fleet, const std::string& bridge) {
  if (!is_wanted_) return;
  if (!fleet.empty() && fleet != fleet_) add(LiveEvent::Kind::fleet, {}, fleet_ = fleet);
  if (!bridge.empty() && bridge != bridge_) add(LiveEvent::Kind::bridge, {}, bridge_ = bridge);
}

std::vector<LiveEvent> EventFeed::take(const Engine& engine, Time now) {
  for (LiveEvent& event : events_) {
    if (event.device.empty()) continue;
    engine.summarize(event.device,
                     [&](const DeviceSummary& device) { event.traits = traits_of(device, now); });
  }
  return std::exchange(events_, {});
}

}  // namespace rollcall
