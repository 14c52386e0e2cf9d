// SPDX-License-Identifier: Apache-2.0
// Reports about devices, by topic. Each is emitted at once, but no topic more than once a second, and of one
// publisher no more than kReportRate allows: the last of those that come meanwhile on a topic is emitted when
// its time has come. The latest of each topic is remembered for snapshots. Runs on the broker's thread.
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

#include "base/keyed_hash.hpp"
#include "plugin/broker.hpp"
#include "plugin/rate_limit.hpp"
#include "topics/protocol/stream.hpp"

namespace rollcall::plugin {

/// Remembered topics: beyond either limit, those that were emitted longest ago are forgotten.
inline constexpr std::size_t kMaxReportTopics = 100'000;
inline constexpr std::size_t kMaxReportBytes = 64UL * 1024 * 1024;

/// The time between two emitted reports of a topic, at least.
inline constexpr Millis kReportInterval{1000};

/// Emitted reports of one publisher, of all topics together: a gateway may report for thousands of devices.
inline constexpr Rate kReportRate{Millis{2}, 5000};
/// A report that would wait longer than this for its publisher's rate is dropped.
inline constexpr Millis kLongestReportWait{60'000};

class ReportLog {
 public:
  using Emit = std::function<void(const stream::Reported&)>;

  /// `emit` is called from within note(), emit_due() and emit_from().
  explicit ReportLog(Emit emit) : emit_(std::move(emit)) {}

  /// A report came at `at` (Broker::monotonic). `by`: its publisher; empty where that doesn't matter.
  /// `of_publisher`: counts what is emitted because of it.
  void note(std::string_view topic, const ClientFacts& by, Millis at, RateLimit& of_publisher);

  /// Emits pending reports whose time has come by `now`, at most `most`.
  void emit_due(Millis now, std::size_t most);

  /// Emits the remembered reports above `number` again, in their order, as long as `has_room` returns true
  /// for the next one's bytes. Returns the number up to which all have been emitted.
  std::uint64_t emit_from(std::uint64_t number, const std::function<bool(std::size_t bytes)>& has_room) const;

  /// Returns the number of the report that was emitted last; 0 before the first.
  std::uint64_t last_number() const { return last_number_; }

  /// True while a report waits for its time.
  bool has_pending() const { return !due_.empty(); }

  /// Counts reports that were dropped, because their publisher sends far too many.
  std::uint64_t dropped_count() const { return dropped_; }
  std::size_t count() const { return reports_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Report {
    std::string topic, client_id, username, address;
    Millis at{0};
    Millis earliest{0};  // when a second is over since it was emitted
    Millis due{0};       // if it is pending
    bool is_pending = false;
    bool is_held = false;  // for its publisher's rate
  };
  using Table = std::map<std::uint64_t, Report>;  // by number, which is the order of emission

  void emit(Table::iterator report, Millis now);
  void forget_oldest(Millis now);
  static std::size_t bytes_of(const Report& report);
  static stream::Reported record_of(std::uint64_t number, const Report& report);

  Emit emit_;
  Table reports_;
  std::unordered_map<std::string_view, std::uint64_t, KeyedHash> number_of_;  // by topic: views into reports_
  std::set<std::pair<Millis, std::uint64_t>> due_;  // the pending ones: when, and their numbers
  std::uint64_t last_number_ = 0, dropped_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace rollcall::plugin
