// SPDX-License-Identifier: Apache-2.0
// A store in a folder of its own, and the words that the tests of it use.
#pragma once

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include "bridge/adapters/sqlite/sqlite.hpp"
#include "bridge/adapters/sqlite/sqlite_store.hpp"

namespace rollcall {

inline Time at_ms(std::int64_t ms) { return Time{Millis{ms}}; }

/// A store whose writes are waited for.
class WaitingStore {
 public:
  explicit WaitingStore(const std::string& path) {
    auto opened = SqliteStore::open(path, [this](Result<void> result) {
      const std::lock_guard lock(mutex_);
      result_ = std::move(result);
      changed_.notify_one();
    });
    if (opened) {
      store_ = std::move(*opened);
    } else {
      error_ = opened.error().message;
    }
  }
  bool is_open() const { return store_ != nullptr; }
  const std::string& error() const { return error_; }  ///< of opening it
  SqliteStore& operator*() { return *store_; }

  Result<void> try_to_write(StoreBatch batch) {
    store_->begin_write(std::make_shared<const StoreBatch>(std::move(batch)));
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return result_.has_value(); });
    auto result = std::move(*result_);
    result_.reset();
    return result;
  }
  void write(StoreBatch batch) {
    const auto result = try_to_write(std::move(batch));
    BOOST_REQUIRE_MESSAGE(result, result.error().message);
  }
  /// With the first portion of its devices.
  StoredState load_first() {
    auto state = store_->load();
    BOOST_REQUIRE_MESSAGE(state, state.error().message);
    return std::move(*state);
  }
  StoredState load() {
    auto state = load_first();
    for (std::vector<DeviceRecord> more; state.more_devices(more);) {
      std::move(more.begin(), more.end(), std::back_inserter(state.devices));
    }
    state.more_devices = nullptr;  // it needs the store
    return state;
  }

 private:
  std::string error_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Result<void>> result_;
  std::unique_ptr<SqliteStore> store_;  // last: it still calls when it ends
};

struct StoreFolder {
  const std::string folder;
  const std::string path = folder + "/rollcall.db";

  // In memory, where there is such a folder: the tests sync a lot.
  StoreFolder()
      : folder([] {
          const std::filesystem::path memory = "/dev/shm";
          const bool is_there = std::filesystem::is_directory(memory) && ::access(memory.c_str(), W_OK) == 0;
          std::string name =
              (is_there ? memory : std::filesystem::temp_directory_path()) / "rollcall-store-XXXXXX";
          return std::string(::mkdtemp(name.data()));
        }()) {}
  StoreFolder(const StoreFolder&) = delete;
  StoreFolder& operator=(const StoreFolder&) = delete;
  ~StoreFolder() { std::filesystem::remove_all(folder); }

  StoredState stored() const {
    WaitingStore store(path);
    BOOST_REQUIRE_MESSAGE(store.is_open(), store.error());
    return store.load();
  }
  /// Makes or opens the store, writes the batch, closes it.
  void write(StoreBatch batch) const {
    WaitingStore store(path);
    BOOST_REQUIRE_MESSAGE(store.is_open(), store.error());
    store.write(std::move(batch));
  }
  std::string error_of_opening() const { return WaitingStore(path).error(); }

  /// As a person at the sqlite3 shell.
  void sql(const std::string& text) const { Database(path).run(text.c_str()); }
  std::int64_t number(const std::string& text) const { return Database(path).number(text.c_str()); }
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline DeviceRecord device(const std::string& name, std::uint64_t seq = 1) {
  DeviceRecord record;
  record.device = name;
  record.template_name = "default";
  record.status = "online";
  record.since = record.last_seen = record.published_last_seen = record.latest = at_ms(1'000);
  record.seq = seq;
  record.last_end.at = at_ms(0);
  return record;
}

inline TimelineEntry row(std::uint64_t seq, Time at = at_ms(1'000), const std::string& name = "pump-7") {
  TimelineEntry entry;
  entry.seq = seq;
  entry.device = name;
  entry.at = at;
  entry.to = "online";
  entry.kind = "transition";
  entry.cause = "connect";
  return entry;
}

inline BrokerRecord broker(const std::string& name, std::uint64_t acked_seq = 0) {
  BrokerRecord record;
  record.name = name;
  record.acked_seq = acked_seq;
  record.last_contact = at_ms(1'000);
  return record;
}

}  // namespace rollcall
