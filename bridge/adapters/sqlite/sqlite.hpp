// SPDX-License-Identifier: Apache-2.0
// SQLite as the store uses it: an open database and a prepared statement, each closed with its object. One
// thread at a time. Failures are thrown, within the store's own files only: SqliteStore catches them all.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace rollcall {

/// What went wrong, in words for a person, without the file's name.
class SqliteFailure : public std::runtime_error {
 public:
  SqliteFailure(int code, const std::string& words) : std::runtime_error(words), code_(code) {}
  /// SQLite's primary result code, such as SQLITE_FULL.
  int code() const { return code_; }
  /// The file holds what Rollcall can't have written.
  bool is_damage() const;

 private:
  int code_;
};

class Database {
 public:
  /// Opens a file that is there, to read and write. `path` is absolute, so that it can't be taken for a URI.
  explicit Database(const std::string& path);

  /// Opens a file that is there to read it, and neither makes nor changes a file. With a WAL beside it
  /// (`has_wal`) another program may be writing it meanwhile; without, nobody may.
  static Database to_read(const std::string& path, bool has_wal);

  /// Opens a file that is there to read what another connection of this machine goes on writing. `path` as
  /// above. It is for the user who writes: it may make the WAL's index.
  static Database to_watch(const std::string& path);

  void run(const char* sql);
  std::int64_t number(const char* sql);  ///< the first column of the first row
  std::string text(const char* sql);     ///< likewise
  bool is_in_transaction() const;
  bool is_read_only() const;
  bool has_moved() const;  ///< the path leads to another file by now, or to none
  /// Whether the last connection that closes brings what is in the WAL into the file.
  void checkpoint_on_close(bool is_on);

  sqlite3* raw() const { return handle_.get(); }
  [[noreturn]] void raise(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  Database(const std::string& name, int flags);
  std::unique_ptr<sqlite3, Close> handle_;
};

/// Rolls back what isn't committed when it goes.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
};

class Statement {
 public:
  /// `database` must outlive the statement.
  Statement(Database& database, const std::string& sql);

  /// Parameters, from 1. Text is not copied: it must outlive the run.
  void bind(int parameter, std::int64_t number);
  void bind(int parameter, std::string_view text);
  void bind_bytes(int parameter, std::string_view bytes);  ///< as a BLOB; text() reads it as well
  void bind_null(int parameter);

  bool step();   ///< true: a row is there
  void reset();  ///< ends the run; needed after a step() that gave a row
  void run();    ///< for what gives no rows

  int column_count() const;
  const char* column_name(int column) const;
  bool is_null(int column) const;
  std::int64_t number(int column) const;
  std::string_view text(int column) const;  ///< until the next step()

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

}  // namespace rollcall
