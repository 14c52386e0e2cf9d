// SPDX-License-Identifier: Apache-2.0
// Reports about devices, by topic: each is told at once, but no topic more than once a second; of what comes
// meanwhile the last one is told when the second is over. The latest of each topic is remembered, so that a
// bridge that was away learns of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "plugin/broker.hpp"
#include "topics/protocol/stream.hpp"

namespace rollcall::plugin {

/// Remembered topics: those that were told longest ago go first beyond either bound.
inline constexpr std::size_t kMaxReportTopics = 100'000;
inline constexpr std::size_t kMaxReportBytes = 64UL * 1024 * 1024;

/// A topic's reports are told at most this often.
inline constexpr Millis kReportsAtMostEvery{1000};

class Reports {
 public:
  using Tell = std::function<void(const stream::Reported&)>;

  /// `tell` is called from within note() and go_on().
  explicit Reports(Tell tell) : tell_(std::move(tell)) {}

  /// A report came at `at`. `by` empty: it doesn't matter who it was.
  void note(std::string_view topic, const ClientFacts& by, Millis at);

  /// Tells what had to wait and may be told by `now`, at most `most` of it.
  void go_on(Millis now, std::size_t most);

  /// Tells again, in their order, those above `number` while `may_go_on` says so. Returns the number up to
  /// which all have been told.
  std::uint64_t tell_from(std::uint64_t number,
                          const std::function<bool(std::size_t bytes)>& may_go_on) const;
  std::uint64_t last_number() const { return last_number_; }

  /// True while something waits for its time.
  bool has_untold() const { return untold_ > 0; }
  std::size_t count() const { return reports_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Report {
    std::string topic, client_id, username, address;
    Millis at{0};
    bool has_window = false;  // it was told less than a second ago
    bool is_untold = false;
  };
  using Table = std::map<std::uint64_t, Report>;  // by number: as they were told last
  struct Window {
    Millis ends{0};
    std::uint64_t number = 0;
  };

  void tell(Table::iterator report, Millis now);
  void forget_oldest(Millis now);
  static std::size_t bytes_of(const Report& report);
  static stream::Reported record_of(std::uint64_t number, const Report& report);

  Tell tell_;
  Table reports_;
  std::unordered_map<std::string_view, std::uint64_t> number_of_;  // by topic: views into reports_
  std::deque<Window> windows_;  // of those that have one, in the order in which they end, which is by number
  std::uint64_t last_number_ = 0;
  std::size_t bytes_ = 0, untold_ = 0;
};

}  // namespace rollcall::plugin
