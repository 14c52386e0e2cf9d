// SPDX-License-Identifier: Apache-2.0
// What waits for one channel, and whose turn it is. Pure, not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/keyed_hash.hpp"
#include "base/time.hpp"
#include "bridge/core/channels/retry_rules.hpp"
#include "bridge/core/store/notification_records.hpp"

namespace rollcall {

/// A notification on its way to one channel.
struct PendingDelivery {
  std::shared_ptr<const NotificationRecord> notification;
  DeliveryRecord record;
  enum class Stored : std::uint8_t { no, being_written, yes };
  Stored stored = Stored::no;  ///< not before that is it sent
};

/// After a failure a delivery has a pause of its own, and the others go on. After kMostAtOnce failures in a
/// row the channel is down: one delivery at a time finds out whether it is back.
class ChannelQueue {
 public:
  static constexpr std::size_t kMostAtOnce = 4;
  /// Beyond it the oldest gives way.
  static constexpr std::size_t kMostWaiting = 10'000;
  /// In the order in which they came, of all channels.
  using Number = std::uint64_t;

  /// Returns what gave way for it, if anything had to.
  std::optional<PendingDelivery> add(Number number, PendingDelivery delivery);
  /// What isn't stored is being written; and what was being written is stored.
  void begin_to_store();
  void stored();
  /// nullptr: it isn't there any more.
  const PendingDelivery* find(Number number) const;
  bool knows(std::string_view notification) const { return by_id_.find(notification) != by_id_.end(); }
  std::size_t size() const { return all_.size(); }

  /// Begins an attempt of the one whose turn it is.
  std::optional<Number> take_next(Time now);
  Time next_deadline() const;

  /// The attempt has been answered, so the channel works. Removes and returns the delivery.
  PendingDelivery answered(Number number);
  /// The attempt has failed. It is tried again no earlier than after `retry_after`, nor is anything else.
  /// Returns the delivery's record as it is now; of it only how the attempt ended may be changed.
  DeliveryRecord& failed(Number number, std::optional<Millis> retry_after, double random, Time now);
  /// Removes and returns those that nobody needs to wait for any more: tried since a day ago or, where the
  /// channel is down, waiting since then.
  std::vector<PendingDelivery> take_expired(Number failed, Time now);
  std::vector<PendingDelivery> take_all();

  /// So many attempts have failed since the last one that was answered.
  std::uint64_t failures() const { return failures_; }
  /// What was wrong may have been mended: all that waits is due.
  void try_all(Time now);
  void clock_stepped(Millis by);

 private:
  void forget_failures();
  bool is_down() const { return failures_ >= kMostAtOnce; }
  std::size_t most_at_once() const { return is_down() ? 1 : kMostAtOnce; }
  PendingDelivery take(Number number);

  std::map<Number, PendingDelivery> all_;
  std::unordered_map<std::string_view, Number, KeyedHash, std::equal_to<>> by_id_;  // of notifications
  std::set<std::pair<Time, Number>> ready_;  // when they are due: stored ones that aren't under way
  std::set<Number> under_way_;
  std::set<Number> unstored_, being_stored_;
  std::uint64_t failures_ = 0;
  Time pause_until_ = Time::min();
};

}  // namespace rollcall
