// SPDX-License-Identifier: Apache-2.0
// Decides who is told of what, and when (docs/notifications.md). What happens to devices comes in as the
// engine's effects; what passes the limits goes to a sink.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/keyed_hash.hpp"
#include "bridge/core/notify/device_limits.hpp"
#include "bridge/core/notify/incidents.hpp"
#include "bridge/core/notify/notification.hpp"
#include "bridge/core/notify/notify_rules.hpp"
#include "bridge/core/pipeline/feature.hpp"

namespace rollcall {

/// Keeps what devices have used up of their limits, and nothing of a device that has used up none. Where no
/// status has `notify` and there is no `incident`, an effect costs a comparison. Not thread safe.
class Notifier final : public Feature {
 public:
  /// `instance`: StoredState::instance. `sink` must outlive it.
  Notifier(const Config& config, std::uint64_t instance, NotifyState stored, NotificationSink& sink);

  void row_added(const RowAdded& effect, EffectPayload& payload) override;
  void status_changed(const StatusChanged& effect, EffectPayload& payload) override;
  void contact(const Contact& effect) override;
  void device_forgotten(const DeviceForgotten& effect) override;

  void advance(const Engine& engine, Time now) override;
  Time next_deadline() const override;

  bool has_changes() const override { return !unstored_.empty() || incidents_.has_unstored(); }
  void add_changes(StoreBatch& batch) override;
  void clock_stepped(Millis by, Time now) override;
  void reload(const Config& config, Time now) override;

  /// Devices of which something is kept.
  std::size_t device_count() const { return devices_.size(); }

 private:
  using QueueKey = std::pair<Time, std::uint64_t>;
  struct Device {
    NotifyRecord record;
    std::optional<QueueKey> queued;
  };
  /// The last row of a device that came since the last advance().
  struct Entered {
    std::string device, template_name, from, broker, client_id, address;
    StatusEntered event;
    bool is_void = false;  ///< a later one has come
  };
  using Devices = std::unordered_map<std::string, Device, KeyedHash, std::equal_to<>>;

  Device& device(std::string_view name);
  void settle(const std::string& name, const TemplateDefinition* definition, Time now);
  void drop(Devices::iterator device);
  bool is_muted(const Engine& engine, std::string_view device, const TemplateDefinition& definition,
                Time now) const;

  void follow_incidents(const std::vector<Entered>& entered, Time now);
  void begin(const Incidents::Change& change, Time now);
  void end(const Incidents::Change& change, Time now);
  void decide(const Entered& entered, const Engine& engine, Time now);
  void end_flapping(const std::string& name, const Engine& engine, Time now);
  void send_due(const Engine& engine, Time now);
  void send(const std::string& name, const WaitingNotice& notice, const TemplateDefinition& definition,
            const Engine& engine, Time now);

  NotifyRules rules_;
  const std::uint64_t instance_;
  NotificationSink& sink_;
  Incidents incidents_;
  Devices devices_;
  std::map<QueueKey, std::string> queue_;  // what waits
  std::uint64_t last_queued_ = 0;

  std::vector<Entered> entered_;
  std::unordered_map<std::string, std::size_t, KeyedHash, std::equal_to<>> last_entered_;  // in entered_
  std::vector<std::pair<std::string, bool>> flapping_;  // devices, and whether it has begun
  std::set<std::string, std::less<>> unstored_;         // devices
  std::set<std::string, std::less<>> returned_;         // from an incident, since the last advance()
};

}  // namespace rollcall
