// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_reader.hpp"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "bridge/adapters/sqlite/sqlite.hpp"
#include "bridge/adapters/sqlite/sqlite_records.hpp"
#include "bridge/adapters/sqlite/sqlite_schema.hpp"

namespace rollcall {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> refuse(const std::string& path, const std::string& words) {
  return tl::make_unexpected(Error{fmt::format("the store \"{}\" {}", path, words)});
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Result<void> check_version(Database& database) {
  const auto version = database.number("PRAGMA user_version");
  const auto newest = static_cast<std::int64_t>(store_steps().size());
  if (version > newest) {
    return fail(fmt::format("has version {}, and this Rollcall knows versions up to {}", version, newest));
  }
  if (version < newest) {
    return fail(fmt::format(
        "has version {}, of an older Rollcall: the bridge of this one must open it first, and makes it "
        "version {}",
        version, newest));
  }
  return {};
}

StoredDevice read(Database& database, std::string_view device, std::size_t most_rows) {
  StoredDevice stored;
  stored.record = read_device(database, device);
  stored.rows = read_latest_rows(database, device, most_rows);
  stored.brokers = read_brokers(database);
  stored.templates = read_templates(database);
  if (!stored.record && stored.rows.empty()) stored.known = read_names(database);
  return stored;
}

Result<StoredDevice> read(const std::string& file, bool has_wal, std::string_view device,
                          std::size_t most_rows) {
  try {
    auto database = Database::to_read(file, has_wal);
    database.run("BEGIN");  // all from one moment; it ends with the connection
    if (auto checked = check_version(database); !checked) return tl::make_unexpected(checked.error());
    return read(database, device, most_rows);
  } catch (const SqliteFailure& failure) {
    return fail(fmt::format("{}: {}", failure.is_damage() ? "is damaged" : "can't be read", failure.what()));
  }
}

}  // namespace

Result<StoredDevice> read_stored_device(const std::string& path, std::string_view device,
                                        std::size_t most_rows) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (fs::is_directory(status)) return refuse(path, "is a folder");
  const auto wal = path + "-wal";
  if (!fs::exists(status) && is_there(wal)) {
    return refuse(path, fmt::format("is gone, and \"{}\" is there", wal));
  }
  if (error == std::errc::permission_denied) return refuse(path, "can't be opened: " + error.message());
  if (!fs::exists(status) || (fs::is_regular_file(status) && fs::file_size(path, error) == 0)) {
    return refuse(path, "isn't there yet: a bridge makes it when it starts for the first time");
  }
  const auto file = fs::canonical(path, error).string();
  if (error) return refuse(path, "can't be opened: " + error.message());
  if (auto checked = check_store_header(file, static_cast<std::int64_t>(store_steps().size())); !checked) {
    return refuse(file, checked.error().message);
  }
  for (;;) {
    const bool has_wal = is_there(file + "-wal");
    if (has_wal && !is_there(file + "-shm")) {
      return refuse(
          file, fmt::format("has a WAL without its index, \"{}-shm\": let the bridge open it first", file));
    }
    auto stored = read(file, has_wal, device, most_rows);
    // What was read without the WAL may have been torn by a bridge that has begun to write meanwhile.
    const bool is_certain = has_wal || !is_there(file + "-wal");
    if (is_certain) return stored ? stored : refuse(file, stored.error().message);
  }
}

}  // namespace rollcall
