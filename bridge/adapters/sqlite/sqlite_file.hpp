// SPDX-License-Identifier: Apache-2.0
// The file that a store is in: found or made, locked, checked, and opened, as often as need be. One thread at
// a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "bridge/adapters/sqlite/sqlite.hpp"
#include "bridge/adapters/sqlite/sqlite_records.hpp"
#include "bridge/adapters/system/file_lock.hpp"

namespace rollcall {

struct StoreConnection {
  explicit StoreConnection(const std::string& path) : database(path) {}
  Database database;
  std::unique_ptr<StoreWriter> writer;  ///< once the tables are there
};

class StoreFile {
 public:
  /// Takes the lock, and makes the store where there is none. The error is a whole line, with the file's
  /// name.
  static Result<StoreFile> open(const std::string& path);

  /// Checks the file the first time (of a large one not the timeline), later only that it is the same store.
  Result<std::unique_ptr<StoreConnection>> connect();

  bool is_new() const { return is_new_; }

  /// A line for a person: the file, what couldn't be done, and why.
  Error said(const char* what, const SqliteFailure& failure) const;
  tl::unexpected<Error> refuse(const std::string& words) const;

 private:
  StoreFile(std::string path, FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  Result<void> make();
  Result<void> check(Database& database) const;

  std::string path_;
  FileLock lock_;
  bool is_new_ = false;
  bool was_open_ = false;
  std::int64_t instance_ = 0;
};

}  // namespace rollcall
