// SPDX-License-Identifier: Apache-2.0
// The store as a SQLite database (docs/store.md): one file with its -wal and -shm, and a lock beside it, so
// that one bridge has it at a time; others may read it meanwhile. A thread of its own writes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall {

class SqliteStore final : public Store {
 public:
  /// How a write ended; called on the store's thread. After an error the batch may be stored as a whole (the
  /// disk failed at the very end), never in part; it is to be written again.
  using Written = std::function<void(Result<void>)>;

  /// Opens the store, or makes it where there is none (or an empty file): readable by its owner alone. What
  /// is not a store, is damaged, comes from a newer version or is in use is an error, one line with the
  /// file's name, and left as it is.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& path, Written written);

  /// All that is stored; devices in portions. Once, before the first write. The error names what can't be in
  /// it.
  Result<StoredState> load();

  /// Never blocks. On one thread.
  void begin_write(std::shared_ptr<const StoreBatch> batch) override;

  /// Lets a write that has begun end, `written` with it, and closes the file.
  ~SqliteStore() override;

 private:
  class Writer;
  explicit SqliteStore(std::unique_ptr<Writer> writer);
  std::unique_ptr<Writer> writer_;
};

}  // namespace rollcall
