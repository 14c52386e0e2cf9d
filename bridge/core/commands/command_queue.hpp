// SPDX-License-Identifier: Apache-2.0
// Messages that are kept for devices that are away: of each topic the last one, within limits, in the order
// in which they came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/keyed_hash.hpp"
#include "base/time.hpp"
#include "bridge/core/config/config.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall {

/// Of all devices together; beyond it nothing more is kept.
inline constexpr std::size_t kMaxQueuedBytes = 256UL * 1024 * 1024;

/// Pure. Not thread safe.
class CommandQueue {
 public:
  explicit CommandQueue(const CommandQueueLimits& limits) : limits_(limits) {}

  /// What was stored; before anything else.
  void restore(CommandRecord command);
  /// `command.order` is given here. Takes the place of an older one of its topic. Returns how many were
  /// dropped for it, or itself, beyond the limits.
  std::size_t add(CommandRecord command);

  /// The next one for this device; nullptr: none. Valid until the next call that isn't const.
  const CommandRecord* next(std::string_view device) const;
  std::size_t count(std::string_view device) const;
  std::size_t total() const { return total_; }
  void for_each(std::string_view device, const std::function<void(const CommandRecord&)>& visit) const;
  void for_each_device(const std::function<void(std::string_view device)>& visit) const;

  /// Each returns how many have gone.
  std::size_t remove(std::string_view device, std::uint64_t order);
  std::size_t remove_topic(std::string_view device, std::string_view topic);
  std::size_t clear(std::string_view device);
  std::size_t expire(Time now);
  /// Time::max(): nothing does.
  Time next_expiry() const { return expiries_.empty() ? Time::max() : expiries_.begin()->first; }

  /// Of devices that come from now on.
  void set_limits(const CommandQueueLimits& limits) { limits_ = limits; }
  void clock_stepped(Millis by);

  /// Devices with another count than when it was asked last.
  std::vector<std::string> take_changed_devices();

  bool has_changes() const { return !changed_topics_.empty(); }
  /// Moves to the batch what has changed.
  void add_changes(StoreBatch& batch);

 private:
  struct Device {
    std::map<std::uint64_t, CommandRecord> commands;           // by order
    std::map<std::string, std::uint64_t, std::less<>> orders;  // by topic
    std::size_t bytes = 0;
  };
  using Devices = std::unordered_map<std::string, Device, KeyedHash, std::equal_to<>>;

  void put(CommandRecord command);
  std::size_t take_out(Devices::iterator device, std::uint64_t order);
  std::size_t bound(const std::string& device);
  static std::size_t bytes_of(const CommandRecord& command) {
    return command.topic.size() + command.payload.size() + command.properties.size();
  }

  CommandQueueLimits limits_;
  Devices devices_;
  std::set<std::pair<Time, std::pair<std::string, std::uint64_t>>> expiries_;
  std::set<std::string> changed_devices_;
  std::set<std::pair<std::string, std::string>> changed_topics_;
  std::uint64_t last_order_ = 0;
  std::size_t total_ = 0, bytes_ = 0;
};

}  // namespace rollcall
