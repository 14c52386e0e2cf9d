// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite.hpp"

#include <cerrno>
#include <cstring>

#include <sqlite3.h>

namespace rollcall {
namespace {

constexpr int kPrimary = 0xFF;
constexpr int kPatienceMs = 2000;  // for a person at the sqlite3 shell who is writing

std::string words_of(sqlite3* handle, int code) {
  if ((code & kPrimary) == SQLITE_FULL) return "the disk is full";
  if ((code & kPrimary) == SQLITE_BUSY) return "another program is writing it";
  std::string words = handle == nullptr ? ::sqlite3_errstr(code) : ::sqlite3_errmsg(handle);
  int system = handle == nullptr ? 0 : ::sqlite3_system_errno(handle);
  if (system == 0) system = errno;  // a COMMIT that fails doesn't set the former
  const bool is_system = (code & kPrimary) == SQLITE_IOERR || (code & kPrimary) == SQLITE_CANTOPEN;
  if (is_system && system != 0) words += std::string(" (") + std::strerror(system) + ")";
  return words;
}

}  // namespace

bool SqliteFailure::is_damage() const { return code_ == SQLITE_CORRUPT || code_ == SQLITE_NOTADB; }

void Database::Close::operator()(sqlite3* handle) const { ::sqlite3_close_v2(handle); }

Database::Database(const std::string& path) : Database(path, SQLITE_OPEN_READWRITE) {}

// An index of the WAL that can't be written isn't made either, and where it is out of date SQLite makes one
// of its own in memory. Of a file without a WAL SQLite would make both, and leave them there.
Database Database::to_read(const std::string& path, bool has_wal) {
  constexpr std::string_view kSpecial = "%?#";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : path) {
    if (kSpecial.find(c) == std::string_view::npos) {
      uri += c;
    } else {
      uri += {'%', kHex[static_cast<unsigned char>(c) >> 4U], kHex[static_cast<unsigned char>(c) & 0xFU]};
    }
  }
  uri += has_wal ? "?readonly_shm=1" : "?immutable=1";
  return {uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI};
}

Database Database::to_watch(const std::string& path) { return {path, SQLITE_OPEN_READONLY}; }

Database::Database(const std::string& name, int flags) {
  sqlite3* handle = nullptr;
  errno = 0;
  const int code = ::sqlite3_open_v2(name.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) raise(code);
  ::sqlite3_extended_result_codes(handle, 1);
  ::sqlite3_busy_timeout(handle, kPatienceMs);
}

void Database::raise(int code) const { throw SqliteFailure(code & kPrimary, words_of(handle_.get(), code)); }

void Database::run(const char* sql) {
  errno = 0;
  const int code = ::sqlite3_exec(raw(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) raise(code);
}

std::int64_t Database::number(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.number(0) : 0;
}

std::string Database::text(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? std::string(statement.text(0)) : std::string();
}

bool Database::is_in_transaction() const { return ::sqlite3_get_autocommit(raw()) == 0; }

bool Database::is_read_only() const { return ::sqlite3_db_readonly(raw(), "main") == 1; }

bool Database::has_moved() const {
  int moved = 0;
  return ::sqlite3_file_control(raw(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

void Database::checkpoint_on_close(bool is_on) {
  ::sqlite3_db_config(raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_on ? 0 : 1, nullptr);
}

Transaction::Transaction(Database& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }

// Some failures have rolled back by themselves; one of the rollback means that it is done when closing.
Transaction::~Transaction() {
  if (database_.is_in_transaction()) ::sqlite3_exec(database_.raw(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() { database_.run("COMMIT"); }

void Statement::Finalize::operator()(sqlite3_stmt* handle) const { ::sqlite3_finalize(handle); }

Statement::Statement(Database& database, const std::string& sql) : database_(database) {
  sqlite3_stmt* handle = nullptr;
  errno = 0;
  const int code = ::sqlite3_prepare_v3(database.raw(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) database.raise(code);
}

void Statement::bind(int parameter, std::int64_t number) {
  const int code = ::sqlite3_bind_int64(handle_.get(), parameter, number);
  if (code != SQLITE_OK) database_.raise(code);
}

void Statement::bind(int parameter, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();  // a null pointer would bind NULL
  const int code =
      ::sqlite3_bind_text64(handle_.get(), parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) database_.raise(code);
}

void Statement::bind_bytes(int parameter, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  const int code = ::sqlite3_bind_blob64(handle_.get(), parameter, data, bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) database_.raise(code);
}

void Statement::bind_null(int parameter) {
  const int code = ::sqlite3_bind_null(handle_.get(), parameter);
  if (code != SQLITE_OK) database_.raise(code);
}

bool Statement::step() {
  errno = 0;
  const int code = ::sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  try {
    database_.raise(code);
  } catch (...) {
    reset();  // only now: it may change the connection's last error
    throw;
  }
}

void Statement::reset() { ::sqlite3_reset(handle_.get()); }

void Statement::run() {
  if (step()) reset();
}

int Statement::column_count() const { return ::sqlite3_column_count(handle_.get()); }

const char* Statement::column_name(int column) const { return ::sqlite3_column_name(handle_.get(), column); }

bool Statement::is_null(int column) const {
  return ::sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::number(int column) const { return ::sqlite3_column_int64(handle_.get(), column); }

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(::sqlite3_column_text(handle_.get(), column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(::sqlite3_column_bytes(handle_.get(), column))};
}

}  // namespace rollcall
