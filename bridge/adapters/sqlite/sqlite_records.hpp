// SPDX-License-Identifier: Apache-2.0
// The store's records as rows of its tables, both ways. Throws SqliteFailure: what is read and can't be names
// table, row and column. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/adapters/sqlite/sqlite.hpp"
#include "bridge/adapters/sqlite/sqlite_commands.hpp"
#include "bridge/adapters/sqlite/sqlite_history.hpp"
#include "bridge/adapters/sqlite/sqlite_notifications.hpp"
#include "bridge/adapters/sqlite/sqlite_notify.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall {

/// Statements, prepared once.
class StoreWriter {
 public:
  /// Rows of the timeline that are too old go with each batch: so many, or twice as many as come, so that it
  /// can't grow for ever.
  static constexpr std::size_t kOldRowsPerBatch = 1000;

  /// `database` has the store's tables, and must outlive the writer.
  explicit StoreWriter(Database& database);

  /// One transaction; unless the batch may be late it is on the disk then. A device that is both removed and
  /// replaced is there in the end, as a new one.
  void write(const StoreBatch& batch);

 private:
  void write_devices(const StoreBatch& batch, bool is_new);
  void write(const DeviceRecord& record, const ContactFacts* facts);
  void write(const TimelineEntry& row);
  void write(const BrokerRecord& record);
  void pull_rows_back(Time latest);
  void pull_facts_back(Time latest);
  std::int64_t stored(Time row_time) const;
  void write(const std::map<std::string, std::uint64_t>& templates);
  void sync_to_disk(bool is_on);
  void drop_old_rows(Time before, std::size_t most);

  Database& database_;
  Statement device_, removed_, row_, broker_, template_, no_templates_, ceiling_, oldest_rows_, drop_rows_;
  HistoryWriter history_;
  NotifyWriter notify_;
  NotificationWriter notifications_;
  CommandWriter commands_;
  Millis row_clock_{0};    // of the batch
  bool is_synced_ = true;  // as the connection was opened
};

/// At most so many unacknowledged rows are read, the latest.
inline constexpr std::size_t kMaxUnacknowledgedRows = 100'000;

/// Of a large fleet: as records they take twice the memory that they take in the engine.
inline constexpr std::size_t kDevicesAtOnce = 4000;

/// All but is_new; more_devices throws SqliteFailure, and needs `database`.
StoredState read_store(Database& database);

// Parts of it, for who needs no more.
std::optional<DeviceRecord> read_device(Database& database, std::string_view device);
/// Every column that read_row() reads, from the timeline; `rest` goes on from there.
std::string select_rows(std::string_view rest);
/// Of a statement of select_rows() that has given a row.
TimelineEntry read_row(const Statement& statement);
std::vector<TimelineEntry> read_latest_rows(Database& database, std::string_view device,
                                            std::size_t most);  ///< the latest last
std::vector<BrokerRecord> read_brokers(Database& database);
std::map<std::string, std::uint64_t> read_templates(Database& database);
std::vector<std::string> read_names(Database& database);  ///< of devices that aren't forgotten

}  // namespace rollcall
