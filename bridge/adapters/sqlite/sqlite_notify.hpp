// SPDX-License-Identifier: Apache-2.0
// What the store keeps of notifications: how far the limits of devices are used up, and incidents that go on.
// Throws SqliteFailure. One thread at a time.
#pragma once

#include "bridge/adapters/sqlite/sqlite.hpp"
#include "bridge/core/store/notify_records.hpp"

namespace rollcall {

/// Statements, prepared once. Each call is to be within a transaction.
class NotifyWriter {
 public:
  /// `database` has the store's tables, and must outlive this.
  explicit NotifyWriter(Database& database);

  void write(const NotifyChanges& changes);

 private:
  Statement device_, removed_, incident_, ended_;
};

/// What is damaged is refused, with its table and row.
NotifyState read_notify_state(Database& database);

}  // namespace rollcall
