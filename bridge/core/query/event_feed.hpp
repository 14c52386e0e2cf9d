// SPDX-License-Identifier: Apache-2.0
// Collects what the bridge publishes for those who follow it live. On the bridge's thread, but for want().
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/notify/notification.hpp"
#include "bridge/core/pipeline/effect_consumer.hpp"
#include "bridge/core/query/device_filter.hpp"

namespace rollcall {

struct LiveEvent {
  enum class Kind : std::uint8_t { status, row, fleet, incident, bridge, gone };

  Kind kind = Kind::status;
  std::string device;  ///< as it is; empty: it isn't about one
  std::string json;    ///< as it is published
  std::optional<DeviceTraits>
      traits;  ///< of the device, after what it has just lived through; empty: of none that is known
};
std::string_view to_string(LiveEvent::Kind kind);

class EventFeed final : public EffectConsumer, public NotificationSink {
 public:
  /// Whether anybody wants events: until then none are collected. Any thread.
  void want(bool on) { is_wanted_ = on; }
  bool is_wanted() const { return is_wanted_; }

  void status_changed(const StatusChanged& effect, EffectPayload& payload) override;
  void row_added(const RowAdded& effect, EffectPayload& payload) override;
  void incident_ended(const IncidentEnded& effect, EffectPayload& payload) override;
  void device_forgotten(const DeviceForgotten& effect) override;
  /// Incidents only.
  void notify(const Notification& notification, Time now) override;
  /// The payloads of ds/fleet and ds/bridge as they are now: an event if they have changed.
  void look_at(const std::string& fleet, const std::string& bridge);

  /// Returns what was collected since the last call.
  std::vector<LiveEvent> take(const Engine& engine, Time now);

 private:
  void add(LiveEvent::Kind kind, std::string_view device, std::string_view json);

  std::atomic<bool> is_wanted_ = false;
  std::vector<LiveEvent> events_;
  std::string fleet_, bridge_;
};

}  // namespace rollcall
