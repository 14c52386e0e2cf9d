// SPDX-License-Identifier: Apache-2.0
// What the store keeps of the past beside timelines: how often devices disconnected, and counts of the fleet.
// Throws SqliteFailure. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/adapters/sqlite/sqlite.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall {

/// By how many days stored counts are to be moved, where times are by `row_clock`: rounded, so that today's
/// begin at midnight, and those from before a step of the clock are a day off at most.
std::int64_t days_of(Millis row_clock);
/// Since 1970, UTC.
std::int64_t day_of(Time time);

/// Statements, prepared once. Each call is to be within a transaction.
class HistoryWriter {
 public:
  /// So many counts of disconnects are looked at with each batch, whether they are too old: it can't be known
  /// without that which are.
  static constexpr std::size_t kCountsLookedAt = 200;

  /// `database` has the store's tables, and must outlive this.
  explicit HistoryWriter(Database& database);

  /// False if this batch has been stored before: it must not be counted again.
  bool is_new(const StoreBatch& batch);
  /// A forgotten device has no counts.
  void forget(std::string_view device);
  void add_disconnects(const StoreBatch& batch);
  void add_samples(const StoreBatch& batch);
  /// Nothing is dated later than StoreBatch::no_rows_after.
  void drop_future(const StoreBatch& batch);
  /// Counts that are too old; samples go where there are new ones.
  void drop_old(const StoreBatch& batch);

 private:
  void add_sample(const FleetSample& sample, Millis row_clock);
  void drop_old_disconnects(std::int64_t before_day);

  Database& database_;
  Statement last_batch_, count_, forget_, sample_, old_samples_, looked_at_, drop_count_;
  std::string looked_at_device_;  // the last one, and its day; empty: from the beginning
  std::int64_t looked_at_day_ = 0;
};

}  // namespace rollcall
