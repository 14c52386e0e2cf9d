// SPDX-License-Identifier: Apache-2.0
// `rollcall bridge`: what has to be there before the service begins.
#include "bridge/daemon/daemon.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <malloc.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sysexits.h>

#include "bridge/adapters/sqlite/sqlite_store.hpp"
#include "bridge/adapters/system/read_config.hpp"
#include "bridge/daemon/read_secrets.hpp"
#include "bridge/daemon/service.hpp"

namespace rollcall {
namespace {

/// The store writes on a thread of its own, and says here how it went.
class StoreResults {
 public:
  using Handler = std::function<void(const Result<void>&)>;
  explicit StoreResults(boost::asio::io_context& io) : io_(io) {}
  void set_handler(Handler handler) { handler_ = std::move(handler); }
  void post(Result<void> result) {
    boost::asio::post(io_, [this, result = std::move(result)] {
      if (handler_) handler_(result);
    });
  }

 private:
  boost::asio::io_context& io_;
  Handler handler_;
};

/// What batches for the store and the brokers are made of comes and goes by the megabyte. By default that is
/// given back to the system and asked for anew each time, page by page; and the memory of other threads than
/// the first always is.
void keep_memory() {
#ifdef __GLIBC__
  constexpr int kUpTo = 32 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kUpTo);
  ::mallopt(M_TRIM_THRESHOLD, kUpTo);
  ::mallopt(M_ARENA_MAX, 1);
#endif
}

}  // namespace

int run_daemon(const std::string& config_file, std::ostream& err) {
  keep_memory();
  auto config = read_config(config_file);
  if (!config) {
    err << "rollcall bridge: " << config.error().message << '\n';
    return EX_CONFIG;
  }
  auto secrets = read_secrets(*config);
  if (!secrets) {
    err << "rollcall bridge: " << secrets.error().message << '\n';
    return EX_CONFIG;
  }
  spdlog::logger log("rollcall", std::make_shared<spdlog::sinks::ostream_sink_mt>(err, true));
  log.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  log.info("rollcall {} starts with {}: {}, {}", ROLLCALL_VERSION, config_file,
           counted(config->brokers.size(), "broker"), counted(config->templates.size(), "template"));
  log_notes(log, config_file, *config);

  boost::asio::io_context io;
  StoreResults results(io);
  auto store =
      SqliteStore::open(config->store_path, [&](Result<void> result) { results.post(std::move(result)); });
  auto stored = store ? (*store)->load() : Result<StoredState>(tl::make_unexpected(store.error()));
  if (!stored) {
    err << "rollcall bridge: " << stored.error().message << '\n';
    return EX_UNAVAILABLE;
  }
  const bool is_new = stored->is_new;
  const auto store_path = config->store_path;
  std::optional<Service> service;
  try {
    service.emplace(io, config_file, *std::move(config), *std::move(secrets), **store, *std::move(stored),
                    log);
  } catch (const StoreFailure& failure) {
    err << "rollcall bridge: " << failure.what() << '\n';
    return EX_UNAVAILABLE;
  }
  if (!is_new) log.info("store {}: {} loaded", store_path, counted(service->device_count(), "device"));
  results.set_handler([&](const Result<void>& result) { service->stored(result); });
  service->run();
  log.info("stopped");
  return EX_OK;
}

}  // namespace rollcall
