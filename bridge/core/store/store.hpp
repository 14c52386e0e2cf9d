// SPDX-License-Identifier: Apache-2.0
// The port by which what the bridge keeps across its own death leaves, and comes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "bridge/core/lifecycle/records.hpp"
#include "bridge/core/store/notification_records.hpp"
#include "bridge/core/store/notify_records.hpp"

namespace rollcall {

/// What has happened to a device since the batch before.
struct ContactFacts {
  std::string device;
  std::optional<Time> first_contact;  ///< only if it was that
  std::optional<Time> last_connect, last_disconnect, last_report;
  std::map<std::int64_t, std::uint64_t> disconnects;  ///< its own ones by day since 1970, UTC
  bool operator==(const ContactFacts&) const = default;
};

/// A message that is kept for a device. There is one of each topic.
struct CommandRecord {
  std::string device, topic, payload, properties;
  int qos = 0;
  Time at;                             ///< when it was published
  Time expires;                        ///< nobody wants it from then on
  bool has_own_expiry = false;         ///< by its publisher's word: the device is told
  std::uint64_t boot = 0, number = 0;  ///< the plugin that took it, and its number there
  std::uint64_t order = 0;             ///< of their arrival; never twice
  bool operator==(const CommandRecord&) const = default;
};
/// Which messages of a plugin are kept, or were: all up to `number`.
struct CommandSource {
  std::string broker;
  std::uint64_t boot = 0, number = 0;
  bool operator==(const CommandSource&) const = default;
};

/// Written whole or not at all. Writing it twice is the same as once.
struct StoreBatch {
  std::uint64_t number = 0;           ///< above that of the batch before; one that is written again keeps it
  std::vector<DeviceRecord> devices;  ///< replace what is stored of each, but its facts
  std::vector<ContactFacts> facts;    ///< of devices above, whose stored facts go on from there; each once
  std::vector<std::string> removed;   ///< devices of which nothing is kept any more but their timeline
  std::vector<TimelineEntry> rows;
  std::vector<FleetSample> fleet;
  std::vector<std::pair<std::string, std::string>> removed_commands;  ///< by device and topic; first
  std::vector<CommandRecord> commands;         ///< replace what is kept of their topics
  std::vector<CommandSource> command_sources;  ///< replace what is stored of each
  std::vector<BrokerRecord> brokers;
  std::vector<NotificationRecord> notifications;  ///< one that is stored already stays as it is
  std::vector<DeliveryRecord>
      deliveries;  ///< replace what is stored of each; of notifications that are stored
  NotifyChanges notify;
  std::map<std::string, std::uint64_t> templates;  ///< each with its fingerprint(); empty: as stored before
  std::uint64_t reserved_seq = 0;                  ///< no seq above it has been given out
  /// All steps of the wall clock so far: rows, facts and samples that were stored before one of them move
  /// along with it.
  Millis row_clock{0};
  /// The latest rows, and facts, that are dated after it are dated so; such counts are dropped.
  std::optional<Time> no_rows_after;
  Time drop_rows_before;         ///< older rows of the timeline may go, some with each batch
  Time drop_disconnects_before;  ///< likewise counts of disconnects
  Time drop_samples_before;      ///< older samples of the fleet go with the next one
  /// Older notifications may go, but for those that wait; some with each batch that has deliveries.
  Time drop_notifications_before;
  bool is_last = false;  ///< nothing has been published that isn't stored by now, nor will be
  bool is_durability_relaxed =
      false;  ///< a failing power supply may cost it: it needn't be synced to the disk
};

/// What is stored can't be read; what() is one line that names the place.
struct StoreFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a store held when it was opened.
struct StoredState {
  std::uint64_t instance = 0;  ///< drawn at random when the store was made: which bridge this is
  bool is_new = false;
  /// The last batch was StoreBatch::is_last: no status has been published that isn't stored.
  bool is_complete = false;
  std::uint64_t reserved_seq = 0;
  std::uint64_t last_batch = 0;  ///< its number
  Millis row_clock{0};           ///< of the last batch
  std::map<std::string, std::uint64_t> templates;
  std::vector<BrokerRecord> brokers;
  std::vector<CommandRecord> commands;  ///< in their order
  std::vector<CommandSource> command_sources;
  NotifyState notify;
  std::vector<NotificationEntry> waiting;  ///< notifications with their deliveries that wait, oldest first
  std::size_t most_devices = 0;            ///< there are no more than so many
  /// In the order of their first contacts: all, or only the first where there is more_devices.
  std::vector<DeviceRecord> devices;
  /// Puts the next ones in their place; false: there are no more. Throws StoreFailure. Not after the first
  /// write.
  std::function<bool(std::vector<DeviceRecord>& devices)> more_devices;
  std::vector<TimelineEntry>
      unacknowledged;  ///< rows above the least acked_seq of all brokers, by seq; bounded
};

class Store {
 public:
  virtual ~Store() = default;
  /// Begins to write, elsewhere; at most one batch is under way. Whoever owns the store tells the bridge how
  /// it ended: Bridge::stored().
  virtual void begin_write(std::shared_ptr<const StoreBatch> batch) = 0;
};

}  // namespace rollcall
