// SPDX-License-Identifier: Apache-2.0
// Notifications and their deliveries as rows of the store's tables, both ways. Throws SqliteFailure. One
// thread at a time. Internal to the store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "bridge/adapters/sqlite/sqlite.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall {

/// Statements, prepared once. The call is to be within a transaction.
class NotificationWriter {
 public:
  /// No more notifications are kept than so many; the oldest go, but for those that wait.
  static constexpr std::size_t kMostKept = 100'000;
  /// So many of the oldest are looked at with a batch, whether they go; or twice as many as come.
  static constexpr std::size_t kOldPerBatch = 1000;

  /// `database` has the store's tables, and must outlive this.
  explicit NotificationWriter(Database& database);

  void write(const StoreBatch& batch);

 private:
  void write(const NotificationRecord& record, Millis row_clock);
  void write(const DeliveryRecord& record, Millis row_clock);
  void drop_old(const StoreBatch& batch);

  Statement notification_, delivery_, newest_, oldest_, drop_notification_, drop_deliveries_;
};

/// Those that wait, the oldest first, each with its deliveries that wait.
std::vector<NotificationEntry> read_waiting_notifications(Database& database);

/// As HistoryReader::notifications().
std::vector<NotificationEntry> read_notifications(Database& database, const NotificationFilter& filter,
                                                  std::optional<std::uint64_t> before, std::size_t limit);
/// As HistoryReader::incidents().
std::vector<IncidentEntry> read_incidents(Database& database, std::optional<std::uint64_t> before,
                                          std::size_t limit);
/// As HistoryReader::notification().
std::optional<NotificationEntry> read_notification(Database& database, std::string_view id);

}  // namespace rollcall
