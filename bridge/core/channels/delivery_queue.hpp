// SPDX-License-Identifier: Apache-2.0
// Takes notifications to their channels: stores each first, sends it, tries again, and gives up in the end.
// Pure, not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/channels/channel_queue.hpp"
#include "bridge/core/channels/sender.hpp"
#include "bridge/core/notify/notification.hpp"
#include "bridge/core/pipeline/feature.hpp"

namespace rollcall {

/// What the files hold that the configuration names, by the channel's name; channels without one aren't
/// there.
using ChannelSecrets = std::map<std::string, std::string>;

/// Since the start.
struct ChannelCounts {
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;   ///< attempts that are tried again
  std::uint64_t dead = 0;     ///< given up
  std::uint64_t dropped = 0;  ///< of these, what wasn't even stored when it gave way: nobody can retry it
  std::uint64_t waiting = 0;  ///< now
};

class DeliveryQueue final : public Feature, public NotificationSink {
 public:
  /// A line for the bridge's log.
  using Log = std::function<void(bool is_good, const std::string& line)>;
  /// What the queue is made of.
  struct Setup {
    const std::vector<ChannelConfig>& channels;
    ChannelSecrets secrets;
    std::uint64_t instance = 0;  ///< StoredState::instance
    std::uint32_t random = 0;    ///< another one at each start
  };

  /// Goes on with what `waiting` was stored (StoredState::waiting). `sender` must outlive it.
  DeliveryQueue(Setup setup, std::vector<NotificationEntry> waiting, Sender& sender, Log log);

  void notify(const Notification& notification, Time now) override;
  /// An outage of a broker goes to no channel, but is among what people can read of later.
  void incident_ended(const IncidentEnded& effect, EffectPayload& payload) override;

  /// What the sender was told to send has ended.
  void ended(const SendResult& result, Time now);

  /// A person wants what is dead of `entry`, as it is stored, to be tried for another day. The error says why
  /// nothing of it can be: nothing has changed then.
  Result<void> retry(const NotificationEntry& entry, Time now);

  /// The files have been read anew. Goes with reload().
  void set_secrets(ChannelSecrets secrets) { secrets_ = std::move(secrets); }

  /// By the channel's name.
  std::map<std::string, ChannelCounts> counts() const;

  void advance(const Engine& engine, Time now) override;
  Time next_deadline() const override;
  bool has_changes() const override { return !new_.empty() || !changed_.empty(); }
  void add_changes(StoreBatch& batch) override;
  void stored(Time now) override;
  void clock_stepped(Millis by, Time now) override;
  void reload(const Config& config, Time now) override;

 private:
  using Number = ChannelQueue::Number;
  struct Channel {
    ChannelConfig config;
    ChannelQueue queue;
    ChannelCounts counts;
    bool has_logged_dead = false;  // since it last worked
  };

  void add(Channel& channel, std::shared_ptr<const NotificationRecord> notification, Time now);
  void send(Channel& channel, Number number, Time now);
  void give_up(Channel& channel, PendingDelivery delivery, const std::string& why);
  void log_failure(Channel& channel, const std::string& answer);
  void log_dead(Channel& channel, const DeliveryRecord& record);
  void changed(const DeliveryRecord& record);
  void drop_orphans();
  double random();

  std::map<std::string, Channel> channels_;
  ChannelSecrets secrets_;
  const std::string source_;  // of events
  std::minstd_rand random_;
  Sender& sender_;
  const Log log_;

  Number last_number_ = 0;
  std::uint64_t last_attempt_ = 0;
  struct Attempt {
    std::string channel;
    Number number;
  };
  std::map<std::uint64_t, Attempt> attempts_;  // under way

  std::deque<std::shared_ptr<const NotificationRecord>> new_;              // that the store doesn't know
  std::map<std::pair<std::string, std::string>, DeliveryRecord> changed_;  // by notification and channel
};

}  // namespace rollcall
