// SPDX-License-Identifier: Apache-2.0
// Messages to devices, by the statuses that the devices are in: tells the plugins what to refuse and what to
// keep, keeps it, and has it delivered once the device is back.
#pragma once

#include <cstddef>
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
#include "bridge/core/commands/command_queue.hpp"
#include "bridge/core/commands/command_rules.hpp"
#include "bridge/core/pipeline/feature.hpp"

namespace rollcall {

/// What has become of messages to devices, since the start.
struct CommandCounts {
  std::uint64_t denied = 0, queued = 0, delivered = 0, expired = 0, dropped = 0;
};

/// Pure. Not thread safe.
class CommandFeature final : public Feature {
 public:
  /// Goes on from what was stored. `stored` loses its commands to it.
  CommandFeature(const Config& config, StoredState& stored);

  void status_changed(const StatusChanged& effect, EffectPayload& payload) override;
  void device_forgotten(const DeviceForgotten& effect) override;

  void advance(const Engine& engine, Time now) override;
  Time next_deadline() const override;
  bool has_changes() const override { return queue_.has_changes() || are_sources_changed_; }
  void add_changes(StoreBatch& batch) override;
  void stored(Time now) override;
  void clock_stepped(Millis by, Time now) override;
  void reload(const Config& config, Time now) override;

  void greeted(std::uint32_t broker) override;
  void synced(std::uint32_t broker, std::uint64_t boot) override;
  void command_taken(std::uint32_t broker, const session_event::CommandTaken& event) override;
  void command_delivered(std::uint32_t broker, const session_event::CommandDelivered& event) override;
  void client_subscribed(std::uint32_t broker, const session_event::ClientSubscribed& event) override;
  void commands_counted(std::uint32_t broker, const session_event::CommandsCounted& event) override;
  std::optional<RequestBody> next_request(std::uint32_t broker, std::size_t most_bytes, Time now) override;
  std::vector<Queued> take_queued() override;

  const CommandQueue& queue() const { return queue_; }
  /// Drops all that is kept for a device. Returns how many that were.
  std::size_t clear(std::string_view device);
  CommandCounts counts() const;

 private:
  /// A command that was sent to a plugin, and isn't answered.
  struct Asked {
    CommandId id;
    std::uint64_t order = 0;
    std::uint32_t broker = 0;
  };
  /// Where a device with commands is.
  struct Delivery {
    std::string client_id;
    std::uint32_t broker = 0;
    bool is_there = false;  // connected, in a status that takes commands
    std::optional<Asked> asked;
    bool has_subscribed = false;  // since it was asked last
    Time due = Time::max();       // when to ask
    Millis pause{0};
  };
  struct Plugin {
    CommandSource taken;                     // all up to there are in the queue, or were
    CommandSource stored, written;           // of that: stored; and in the batch that is being written
    std::uint64_t told = 0;                  // the plugin knows that they are stored, up to there
    std::uint64_t boot = 0;                  // of the broker, once it is synced
    bool wants_again = false;                // all that isn't stored is to be told again
    session_event::CommandsCounted counted;  // by it, in its last boot
    std::uint64_t denied_before = 0, dropped_before = 0;
  };
  using Deliveries = std::unordered_map<std::string, Delivery, KeyedHash, std::equal_to<>>;

  void scan(const Engine& engine);
  void forget(const std::string& device);
  void refresh(const Engine& engine, const std::string& device, Time now);
  void set_ready(const std::string& device, Delivery& delivery);
  void schedule(const std::string& device, Delivery& delivery, Time due);
  void unschedule(const std::string& device, Delivery& delivery);
  void go_on(const std::string& device, bool was_delivered, Time now);
  std::optional<RequestBody> next_delivery(std::uint32_t broker, std::size_t most_bytes, Time now);
  void configure(const Config& config);
  CommandPolicy policy_of(std::string_view template_name, std::string_view status) const;

  std::vector<std::string> brokers_;  // their names
  CommandConfig config_;
  /// By template and status, where it isn't `allow`.
  std::map<std::string, std::map<std::string, CommandPolicy, std::less<>>, std::less<>> policies_;
  CommandQueue queue_;
  CommandRules rules_;
  std::vector<Plugin> plugins_;  // by broker
  Deliveries deliveries_;
  std::set<std::pair<Time, std::string>> due_;  // of deliveries that wait for a time
  std::vector<std::set<std::string>> ready_;    // by broker: to be asked now
  std::map<CommandId, std::string> asked_;      // devices
  std::unordered_map<std::string, std::string, KeyedHash, std::equal_to<>> device_of_client_;
  std::vector<std::pair<std::string, bool>> answers_;  // of devices; whether it was delivered
  std::vector<std::string> subscribers_;
  std::set<std::string> touched_;             // devices whose status has changed
  std::vector<CommandSource> other_sources_;  // of brokers that aren't configured
  std::vector<Queued> queued_;
  bool is_scanned_ = false, are_sources_changed_ = false;
  CommandCounts counts_;
};

}  // namespace rollcall
