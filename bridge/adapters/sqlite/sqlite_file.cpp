// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <sqlite3.h>
#include <unistd.h>

#include "bridge/adapters/sqlite/sqlite_schema.hpp"

namespace rollcall {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWayOut = "put back a copy of it, or move it away and the bridge begins anew";

Error line(const std::string& path, const std::string& words) {
  return {fmt::format("the store \"{}\" {}", path, words)};
}

std::uintmax_t size_of(const std::string& path) {
  std::error_code ignored;
  const auto size = fs::file_size(path, ignored);
  return ignored ? 0 : size;
}

constexpr std::uintmax_t kMaxBytesToCheck = 256U << 20U;

/// Absolute and without symbolic links, so that the same file has the same lock by whatever name.
Result<std::string> resolve(const std::string& path) {
  const auto refuse = [&path](const std::string& words) { return tl::make_unexpected(line(path, words)); };
  std::error_code error;
  const auto status = fs::status(path, error);
  if (fs::is_directory(status)) return refuse("is a folder; name a file in it");
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status)) return refuse("is not a file");
    const auto file = fs::canonical(path, error);
    if (error) return refuse("can't be opened: " + error.message());
    return file.string();
  }
  if (fs::is_symlink(fs::symlink_status(path, error))) return refuse("is a symbolic link that leads nowhere");
  const fs::path given(path);
  if (given.filename().empty()) return refuse("has no file name");
  const auto folder = fs::canonical(given.has_parent_path() ? given.parent_path() : fs::path("."), error);
  if (error == std::errc::no_such_file_or_directory) {
    return refuse("can't be made: its folder isn't there; make that, writable for the bridge's user");
  }
  if (error) return refuse("can't be made: " + error.message());
  if (!fs::is_directory(folder))
    return refuse(fmt::format("can't be made: \"{}\" is not a folder", folder.string()));
  return (folder / given.filename()).string();
}

/// So that a new name in the folder outlives a power cut.
void sync_folder_of(const std::string& path) {
  const int folder = ::open(fs::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

/// Pages of 4 KiB; the WAL is brought into the file every 16 MiB, and after a burst cut back to 64 MiB.
constexpr const char* kSettings =
    "PRAGMA synchronous = FULL;"
    "PRAGMA wal_autocheckpoint = 4096;"
    "PRAGMA journal_size_limit = 67108864;"
    "PRAGMA cache_size = -32768;"
    "PRAGMA secure_delete = FAST;"
    "PRAGMA cell_size_check = ON;";

}  // namespace

Result<StoreFile> StoreFile::open(const std::string& path) {
  auto resolved = resolve(path);
  if (!resolved) return tl::make_unexpected(resolved.error());
  auto lock = FileLock::take(*resolved + ".lock");
  if (!lock) return tl::make_unexpected(line(*resolved, lock.error().message));
  StoreFile file(std::move(*resolved), std::move(*lock));
  if (size_of(file.path_) == 0) {
    // What is in a WAL whose database is gone would be lost.
    if (size_of(file.path_ + "-wal") > 0) {
      return file.refuse(
          fmt::format("is gone, and \"{}-wal\" is there; put both back, or move that away", file.path_));
    }
    if (auto made = file.make(); !made) return tl::make_unexpected(made.error());
  }
  if (auto checked = check_store_header(file.path_, static_cast<std::int64_t>(store_steps().size()));
      !checked) {
    return file.refuse(checked.error().message);
  }
  return file;
}

// Under another name first: at its own there is a whole store or none.
Result<void> StoreFile::make() {
  const auto unfinished = path_ + ".new";
  const auto give_up = [&](const Error& error) {
    ::unlink(unfinished.c_str());
    return tl::make_unexpected(error);
  };
  ::unlink(unfinished.c_str());
  const int descriptor = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return refuse(std::string("can't be made: ") + std::strerror(errno));
  ::close(descriptor);
  try {
    Database database(unfinished);
    database.run("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL");
    migrate(database, store_steps());
  } catch (const SqliteFailure& failure) {
    return give_up(said("can't be made", failure));
  }
  if (std::rename(unfinished.c_str(), path_.c_str()) != 0) {
    return give_up(line(path_, std::string("can't be made: ") + std::strerror(errno)));
  }
  sync_folder_of(path_);
  is_new_ = true;
  return {};
}

Result<std::unique_ptr<StoreConnection>> StoreFile::connect() {
  try {
    auto connection = std::make_unique<StoreConnection>(path_);
    auto& database = connection->database;
    // Until all is well, nothing of an earlier bridge's WAL is to come into the file; one that isn't there
    // yet goes with this connection.
    database.checkpoint_on_close(size_of(path_ + "-wal") == 0);
    if (auto checked = check(database); !checked) return tl::make_unexpected(checked.error());
    if (database.text("PRAGMA journal_mode = WAL") != "wal") {
      return refuse("can't be written safely in this file system; use a local one");
    }
    database.run(kSettings);
    migrate(database, store_steps());
    connection->writer = std::make_unique<StoreWriter>(database);
    const auto instance = database.number("SELECT instance FROM meta");
    if (was_open_ && instance != instance_)
      return refuse("is another one than before; start the bridge again");
    instance_ = instance;
    was_open_ = true;
    database.checkpoint_on_close(true);
    return connection;
  } catch (const SqliteFailure& failure) {
    return tl::make_unexpected(said("can't be opened", failure));
  }
}

// The header again, for its newest version may still be in the WAL; then whether pages and indices are sound.
Result<void> StoreFile::check(Database& database) const {
  if (database.is_read_only())
    return refuse("can't be written; make file and folder writable for the bridge's user");
  const auto version = database.number("PRAGMA user_version");
  const auto newest = static_cast<std::int64_t>(store_steps().size());
  if (database.number("PRAGMA application_id") != kStoreApplicationId || version > newest) {
    return refuse(fmt::format("has version {}, and this Rollcall knows versions up to {}", version, newest));
  }
  if (was_open_) return {};
  database.run("PRAGMA cell_size_check = ON");
  const auto is_sound = [&](const char* sql) -> Result<void> {
    auto found = database.text(sql);
    if (found == "ok") return {};
    std::replace(found.begin(), found.end(), '\n', ' ');
    return refuse(fmt::format("is damaged ({}); {}", found, kWayOut));
  };
  // About 2 s for each GB once it is in memory, and what the disk takes before. Large is the timeline, of
  // which the bridge reads only the end: there it is checked where it is read or written.
  if (size_of(path_) <= kMaxBytesToCheck) return is_sound("PRAGMA quick_check(1)");
  for (const auto* table : {"meta", "template", "broker", "device"}) {
    if (auto sound = is_sound(fmt::format("PRAGMA quick_check('{}')", table).c_str()); !sound) return sound;
  }
  return {};
}

Error StoreFile::said(const char* what, const SqliteFailure& failure) const {
  if (failure.is_damage()) return line(path_, fmt::format("is damaged ({}); {}", failure.what(), kWayOut));
  return line(path_, fmt::format("{}: {}", what, failure.what()));
}

tl::unexpected<Error> StoreFile::refuse(const std::string& words) const {
  return tl::make_unexpected(line(path_, words));
}

}  // namespace rollcall
