// SPDX-License-Identifier: Apache-2.0
// Retained statuses at a broker that aren't those of the store: of devices that nobody knows (another
// installation's, or those of a bridge that ended before it had stored them), and what such a bridge
// published last of devices that are known. Scans of a broker's retained statuses find them, so that they can
// be cleared or corrected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace rollcall {

/// When to scan which broker, and what is wrong with what a scan finds. Pure. Not thread safe.
class StaleStatuses {
 public:
  explicit StaleStatuses(std::size_t brokers) : may_differ_(brokers, false) {}

  /// The bridge before this one may have published what it didn't store, at any broker. Until a scan has
  /// corrected that: may_differ().
  void distrust_all() { may_differ_.assign(may_differ_.size(), true); }
  bool may_differ(std::uint32_t broker) const { return may_differ_[broker]; }

  /// Wants a scan of this broker. Call it once a snapshot is complete: whoever is connected there, or was
  /// lately, is known by then.
  void want_scan(std::uint32_t broker, Time now) { wanted_.insert_or_assign(broker, now); }
  void link_down(std::uint32_t broker);
  void clock_stepped(Millis by);

  /// Returns the brokers whose scan begins now. A broker hands out all that it retains in one go, and nothing
  /// else meanwhile, which takes seconds with a million devices: so what has happened is published first.
  /// `is_busy`: whether something waits to be published there. `last_seq`: the highest number given out.
  std::vector<std::uint32_t> begin_scans(const std::function<bool(std::uint32_t broker)>& is_busy,
                                         std::uint64_t last_seq, Time now);
  bool is_scanning(std::uint32_t broker) const { return scans_.contains(broker); }

  enum class Verdict { fine, unknown_device, newer_than_stored };
  /// A retained status that a scan found. `device`: empty if its topic names none. `known_seq`: the number of
  /// the device's last payload; empty: the device isn't known. `seq`: what the payload says; empty: nothing.
  Verdict found(std::uint32_t broker, const std::optional<std::string>& device,
                std::optional<std::uint64_t> known_seq, std::optional<std::uint64_t> seq, Time now);

  struct Finished {
    std::uint32_t broker = 0;
    std::size_t cleared = 0, corrected = 0;
    /// Hashes of the known devices that it found, sorted; empty unless those that are missing count.
    std::optional<std::vector<std::size_t>> found{};
    std::uint64_t last_seq = 0;  ///< when it began

    /// True if the device's retained status should have been found and wasn't: it was cleared, and that it
    /// was isn't stored. What has been published since the scan began needn't have been found.
    bool is_missing(std::string_view device, std::uint64_t seq) const;
  };
  /// Returns the scans that are over: nothing has come for a while. Their brokers don't differ any more.
  std::vector<Finished> end_scans(Time now);

  /// When to call begin_scans() and end_scans(); Time::max(): never, as far as is known.
  Time next_deadline() const;

 private:
  struct Scan {
    Time last_found;
    Finished result;
  };
  std::vector<bool> may_differ_;          // by broker
  std::map<std::uint32_t, Scan> scans_;   // by broker
  std::map<std::uint32_t, Time> wanted_;  // the same, where none has begun; since when
};

}  // namespace rollcall
