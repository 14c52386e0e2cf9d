// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_store.hpp"

#include <condition_variable>
#include <csignal>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "bridge/adapters/sqlite/sqlite_file.hpp"

namespace rollcall {
namespace {

/// A thread to which no signal is delivered: those are for the main thread. What a fault raises in the thread
/// itself stays as it is.
template <typename Work>
std::thread thread_without_signals(Work work) {
  sigset_t most{};
  sigset_t before{};
  sigfillset(&most);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&most, fault);
  ::pthread_sigmask(SIG_SETMASK, &most, &before);
  std::thread thread(std::move(work));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

/// The calling thread, where there isn't enough for everybody: what waits for a status is in more of a hurry
/// than the disk. A tenth of what another thread gets is left to it.
void let_others_go_first() {
  constexpr int kBehind = 10;
  ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + kBehind);  // Linux: of this thread
}

/// After most failures a connection may hold on to what was wrong; after these it doesn't.
bool is_usable_after(int code) {
  return code == SQLITE_FULL || code == SQLITE_BUSY || code == SQLITE_NOMEM || code == SQLITE_CONSTRAINT;
}

/// Reads the next devices while the bridge takes over those before them.
class Ahead {
 public:
  using Read = std::function<std::vector<DeviceRecord>()>;
  explicit Ahead(Read read) : read_(std::move(read)) { begin(); }

  bool next(std::vector<DeviceRecord>& devices) {
    devices.clear();
    if (!next_.valid()) return false;
    devices = next_.get();
    if (devices.empty()) return false;
    begin();
    return true;
  }

 private:
  void begin() { next_ = std::async(std::launch::async, read_); }

  const Read read_;
  std::future<std::vector<DeviceRecord>> next_;  // it is waited for before the rest is gone
};

}  // namespace

class SqliteStore::Writer {
 public:
  Writer(StoreFile file, std::unique_ptr<StoreConnection> connection, Written written)
      : file_(std::move(file)),
        connection_(std::move(connection)),
        written_(std::move(written)),
        thread_(thread_without_signals([this] { work(); })) {}

  ~Writer() {
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Result<StoredState> load() {
    try {
      auto state = read_store(connection_->database);
      state.is_new = file_.is_new();
      auto ahead = std::make_shared<Ahead>([this, more = std::move(state.more_devices)] {
        try {
          std::vector<DeviceRecord> devices;
          more(devices);
          return devices;
        } catch (const SqliteFailure& failure) {
          throw StoreFailure(file_.said("can't be read", failure).message);
        }
      });
      state.more_devices = [ahead = std::move(ahead)](auto& devices) { return ahead->next(devices); };
      return state;
    } catch (const SqliteFailure& failure) {
      return tl::make_unexpected(file_.said("can't be read", failure));
    }
  }

  void begin(std::shared_ptr<const StoreBatch> batch) {
    {
      const std::lock_guard lock(mutex_);
      if (is_busy_) throw std::logic_error("a batch is under way to the store already");
      is_busy_ = true;
      batch_ = std::move(batch);
    }
    changed_.notify_one();
  }

 private:
  void work() {
    ::pthread_setname_np(::pthread_self(), "store");
    let_others_go_first();
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return batch_ != nullptr || is_ending_; });
      if (batch_ == nullptr) return;
      const auto batch = std::exchange(batch_, nullptr);
      lock.unlock();
      auto result = write(*batch);
      lock.lock();
      is_busy_ = false;  // before `written`, which may lead to the next one at once
      lock.unlock();
      written_(std::move(result));
      lock.lock();
    }
  }

  Result<void> write(const StoreBatch& batch) {
    try {
      if (connection_ == nullptr) {
        auto connection = file_.connect();
        if (!connection) return tl::make_unexpected(connection.error());
        connection_ = std::move(*connection);
      }
      // Else it would be written into a file that has no name any more, or another one.
      if (connection_->database.has_moved()) {
        return file_.refuse("isn't there any more; put it back, or start the bridge again");
      }
      connection_->writer->write(batch);
      return {};
    } catch (const SqliteFailure& failure) {
      if (!is_usable_after(failure.code())) connection_.reset();
      return tl::make_unexpected(file_.said("can't be written", failure));
    } catch (const std::exception& error) {
      return file_.refuse(std::string("can't be written: ") + error.what());
    }
  }

  StoreFile file_;  // with the lock, which goes last
  std::unique_ptr<StoreConnection> connection_;
  const Written written_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const StoreBatch> batch_;
  bool is_busy_ = false;
  bool is_ending_ = false;
  std::thread thread_;  // last: it uses all the others
};

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path, Written written) {
  auto file = StoreFile::open(path);
  if (!file) return tl::make_unexpected(file.error());
  auto connection = file->connect();
  if (!connection) return tl::make_unexpected(connection.error());
  auto writer = std::make_unique<Writer>(std::move(*file), std::move(*connection), std::move(written));
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(writer)));
}

SqliteStore::SqliteStore(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}
SqliteStore::~SqliteStore() = default;
Result<StoredState> SqliteStore::load() { return writer_->load(); }
void SqliteStore::begin_write(std::shared_ptr<const StoreBatch> batch) { writer_->begin(std::move(batch)); }

}  // namespace rollcall
