// SPDX-License-Identifier: Apache-2.0
// Messages that are kept for devices that are away, as rows. Throws SqliteFailure. One thread at a time.
#pragma once

#include <vector>

#include "bridge/adapters/sqlite/sqlite.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall {

/// Statements, prepared once. Each call is to be within a transaction.
class CommandWriter {
 public:
  /// `database` has the store's tables, and must outlive this.
  explicit CommandWriter(Database& database);
  void write(const StoreBatch& batch);

 private:
  Statement remove_, command_, source_;
};

/// In the order of their arrival.
std::vector<CommandRecord> read_commands(Database& database);
std::vector<CommandSource> read_command_sources(Database& database);

}  // namespace rollcall
