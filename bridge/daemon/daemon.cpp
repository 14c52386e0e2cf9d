// SPDX-License-Identifier: Apache-2.0
// `rollcall bridge`: wires the pure bridge to its links, clock, signals and log, on one thread.
#include "bridge/daemon/daemon.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/ranges.h>
#include <malloc.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sysexits.h>

#include "bridge/adapters/control/control_socket.hpp"
#include "bridge/adapters/mqtt/bell.hpp"
#include "bridge/adapters/mqtt/link.hpp"
#include "bridge/adapters/sqlite/sqlite_store.hpp"
#include "bridge/adapters/system/clock.hpp"
#include "bridge/adapters/system/read_config.hpp"
#include "bridge/core/metrics/transition_counts.hpp"
#include "bridge/core/pipeline/bridge.hpp"
#include "bridge/core/pipeline/operator_request.hpp"
#include "bridge/daemon/link_log.hpp"
#include "bridge/daemon/read_secrets.hpp"

namespace rollcall {
namespace {

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

using SteadyClock = std::chrono::steady_clock;

constexpr const char* kBrokerLog = "$SYS/broker/log/#";
constexpr auto kLastWriteWithin = std::chrono::seconds{5};
constexpr auto kLastAnswersWithin = std::chrono::milliseconds{500};

/// Each bridge has its own, the same at each start: so that two don't take the connection from each other.
std::string client_id_of(const BrokerConfig& broker, std::uint64_t instance) {
  return broker.client_id.value_or(fmt::format("rollcall-bridge-{:016x}", instance));
}

/// What the configuration has that is no error.
void log_notes(spdlog::logger& log, const std::string& file, const Config& config) {
  for (const auto& warning : config.warnings) log.warn("{}", warning);
  for (const auto& key : config.not_yet_used) log.warn("{}: {} has no effect in this version", file, key);
}

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

class Daemon : private BridgePorts {
 public:
  Daemon(boost::asio::io_context& io, std::string config_file, Config config,
         std::vector<std::string> passwords, Store& store, StoredState stored, spdlog::logger& log)
      : io_(io),
        config_file_(std::move(config_file)),
        log_(log),
        instance_(stored.instance),
        bridge_(std::move(config), *this, store, std::move(stored), clock_.now(), std::random_device{}()),
        timer_(io_),
        signals_(io_) {
    bridge_.add_consumer(transitions_);
    const auto& brokers = bridge_.config().brokers;
    for (std::uint32_t i = 0; i < brokers.size(); ++i) {
      link_logs_.emplace_back(log_, brokers[i],
                              LinkLogNames{client_id_of(brokers[i], instance_), config_file_});
      links_.push_back(make_link(i, passwords[i]));
    }
  }

  ~Daemon() {
    if (reader_.joinable()) reader_.join();
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  std::size_t device_count() const { return bridge_.engine().device_count(); }

  void run() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) signals_.add(signal);
    wait_for_signal();
    carry_on();
    io_.run();
  }

  /// A request of an operator, who gets the answer when it is stored: not before, a crash would undo it.
  void operate(const std::string& line, ControlServer::Answer answer) {
    const auto request = parse_operator_request(line);
    const auto write = request ? bridge_.command(request->action(), now())
                               : Result<std::uint64_t>(tl::make_unexpected(request.error()));
    if (!write) {
      answer(operator_answer(tl::make_unexpected(write.error())));
    } else {
      log_.info("operator request: {}", to_json(*request));
      unanswered_.push_back({*write, std::move(answer)});
    }
    carry_on();
  }

  void stored(const Result<void>& result) {
    const bool was_ready = bridge_.is_ready();
    bridge_.stored(result, now());
    if (bridge_.is_ready() && !was_ready && !is_stopping_) {
      for (auto& link : links_) link->start();
    }
    answer_operators();
    if (have_links_ended_ && bridge_.is_stored()) {
      io_.stop();
      return;
    }
    carry_on();
  }

 private:
  /// What the bridge takes for the time. A step of the system's clock is followed first.
  Time now() {
    if (bridge_.follows_clock()) {
      if (const auto step = clock_.take_step()) bridge_.clock_stepped(*step, clock_.now());
    }
    return clock_.now();
  }

  std::unique_ptr<MqttLink> make_link(std::uint32_t index, const std::string& password) {
    const auto& broker = bridge_.config().brokers[index];
    MqttLinkSettings settings;
    settings.host = broker.host;
    settings.port = broker.port;
    settings.tls = broker.tls;
    settings.websocket_path = broker.websocket_path;
    settings.client_id = client_id_of(broker, instance_);
    settings.username = broker.username;
    settings.password = password;
    settings.stream_topic = bridge_.topics().stream();
    settings.will_topic = bridge_.topics().bridge();
    settings.will_payload = bridge_.bridge_payload(false);
    settings.will_qos = std::min(bridge_.config().status_qos, 1);
    MqttLink::Events events;
    events.up = [this, index](std::size_t max_packet_bytes) {
      link_logs_[index].connected(SteadyClock::now());
      bridge_.link_up(index, now(), max_packet_bytes);
      carry_on();
    };
    events.down = [this, index](LinkFailure failure, const std::string& detail, Millis retry_in) {
      // That the plugin at the other end is silent has been logged.
      if (failure != LinkFailure::renewed || bridge_.is_answered(index)) {
        link_logs_[index].failed(failure, detail, retry_in, SteadyClock::now());
      }
      bridge_.link_down(index, now());
      carry_on();
    };
    events.limited = [this, index](const std::string& warning) { link_logs_[index].warn(warning); };
    events.message = [this, index](std::string_view bytes) {
      bridge_.receive(index, bytes, now());
      bridge_.advance(now());
    };
    events.retained = [this, index](std::string_view topic, std::string_view payload) {
      bridge_.found_status(index, topic, payload, now());
      bridge_.advance(now());
    };
    events.idle = [this] { finish(); };
    return std::make_unique<MqttLink>(io_, bell_, std::move(settings), std::move(events));
  }

  void carry_on() {
    bridge_.advance(now());
    finish();
  }

  /// What may come after all that was sent: to wake the store's thread takes as long as the bridge's own work
  /// for an event.
  void finish() {
    if (!unanswered_.empty()) answer_operators();
    // From within a link's own call: later, when it has ended.
    if (is_stopping_ && !have_links_ended_ && !bridge_.awaits_answers()) {
      boost::asio::post(io_, [this] { end_links(); });
    }
    bridge_.begin_write(now());
    arm_timer();
  }

  void answer_operators() {
    const auto& error = bridge_.store_error();
    std::erase_if(unanswered_, [&](const Unanswered& each) {
      if (!bridge_.is_written(each.write) && !error) return false;
      each.answer(operator_answer(error ? "it is done, but not stored yet: " + *error : std::string()));
      return true;
    });
  }

  void arm_timer() {
    // Even if nothing is due the system's clock may have been set. It is looked at each second as long as a
    // broker is connected.
    constexpr Millis kLookAtClockEvery{10'000};
    const auto wait =
        std::clamp<Millis>(bridge_.next_deadline() - clock_.now(), Millis{0}, kLookAtClockEvery);
    const auto at = SteadyClock::now() + wait;
    // What comes earlier looks again; to set it anew with each event would cost more.
    if (is_timer_armed_ && timer_.expiry() <= at) return;
    is_timer_armed_ = true;
    timer_.expires_at(at);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      is_timer_armed_ = false;
      carry_on();
    });
  }

  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        reload();
        wait_for_signal();
        return;
      }
      stop();
    });
  }

  /// To read and check a large file takes a while: on a thread of its own. What has come meanwhile is
  /// answered by the configuration of before.
  void reload() {
    if (reader_.joinable()) {
      must_read_again_ = true;
      return;
    }
    reader_ = std::thread([this] {
      boost::asio::post(io_, [this, config = read_config(config_file_)]() mutable {
        reader_.join();
        reload_with(std::move(config));
        if (std::exchange(must_read_again_, false)) reload();
      });
    });
  }

  void reload_with(Result<Config> config) {
    if (is_stopping_) return;
    if (config) log_notes(log_, config_file_, *config);
    const auto reloaded = config ? bridge_.reload(*std::move(config), now())
                                 : Result<void>(tl::make_unexpected(config.error()));
    if (!reloaded) {
      const bool names_file = reloaded.error().message.starts_with(config_file_);
      log_.error("{}{}; not reloaded, the bridge keeps the configuration that it has",
                 names_file ? "" : config_file_ + ": ", reloaded.error().message);
      return;
    }
    log_.info("configuration reloaded from {}", config_file_);
    carry_on();
  }

  /// First the brokers confirm what is on its way: the next start would publish it once more. Then the links
  /// end, so that nothing comes in any more; then what isn't stored yet is.
  void stop() {
    log_.info("stopping");
    is_stopping_ = true;
    last_answers_.expires_after(kLastAnswersWithin);
    last_answers_.async_wait([this](const boost::system::error_code& error) {
      if (!error) end_links();
    });
    carry_on();
  }

  void end_links() {
    if (std::exchange(have_links_ended_, true)) return;
    last_answers_.cancel();
    for (std::uint32_t i = 0; i < links_.size(); ++i) {
      links_[i]->stop(bridge_.is_served(i) ? std::optional(bridge_.bridge_payload(false)) : std::nullopt);
    }
    bridge_.end(now());
    bridge_.advance(now());
    bridge_.begin_write(now());
    if (bridge_.is_stored()) {
      io_.stop();
      return;
    }
    carry_on();
    last_write_.expires_after(kLastWriteWithin);
    last_write_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      log_what_is_lost();
      io_.stop();
    });
  }

  void log_what_is_lost() {
    const auto [devices, rows] = bridge_.unstored();
    const auto& error = bridge_.store_error();
    if (devices == 0 && rows == 0) return;
    log_.error(
        "{} and {} of the timeline could not be stored within {} s: {}. The next start continues from what "
        "was stored before, publishes that, and asks the brokers who is connected",
        counted(devices, "device") + "' changes", counted(rows, "row"), kLastWriteWithin.count(),
        error ? *error : "the disk is too slow");
  }

  void send_request(std::uint32_t broker, std::string_view bytes) override {
    links_[broker]->publish(std::string(kControlTopic), bytes);
  }
  void subscribe_to_log(std::uint32_t broker) override { links_[broker]->subscribe(kBrokerLog); }
  void read_statuses(std::uint32_t broker, bool on) override {
    const auto& filter = bridge_.topics().all_statuses();
    on ? links_[broker]->subscribe(filter) : links_[broker]->unsubscribe(filter);
  }
  LinkTraffic link_traffic(std::uint32_t broker) override { return links_[broker]->traffic(); }
  void give_up(std::uint32_t broker) override {
    // From within the bridge's own call: later, when it has ended.
    boost::asio::post(io_, [this, broker] { links_[broker]->stop(std::nullopt); });
  }
  void reconnect(std::uint32_t broker) override {
    // From within the bridge's own call: later, when it has ended.
    boost::asio::post(io_, [this, broker] { links_[broker]->reconnect(); });
  }
  void log(Level level, const std::string& line) override {
    const auto as = level == Level::info      ? spdlog::level::info
                    : level == Level::warning ? spdlog::level::warn
                                              : spdlog::level::err;
    log_.log(as, line);
  }

  boost::asio::io_context& io_;
  const std::string config_file_;
  spdlog::logger& log_;
  Clock clock_;
  const std::uint64_t instance_;
  TransitionCounts transitions_;
  Bridge bridge_;
  bool is_stopping_ = false;
  bool have_links_ended_ = false;
  bool is_timer_armed_ = false;
  bool must_read_again_ = false;  // the configuration: it may have changed since the reader began
  struct Unanswered {
    std::uint64_t write;
    ControlServer::Answer answer;
  };
  std::vector<Unanswered> unanswered_;
  boost::asio::steady_timer timer_, last_answers_{io_}, last_write_{io_};
  boost::asio::signal_set signals_;
  Bell bell_{io_};
  std::vector<std::unique_ptr<MqttLink>> links_;
  std::vector<LinkLog> link_logs_;
  std::thread reader_;  // of the configuration, at a reload
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
  auto passwords = read_secrets(*config);
  if (!passwords) {
    err << "rollcall bridge: " << passwords.error().message << '\n';
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
  const auto control_path = control_socket_path(store_path);
  std::optional<Daemon> daemon;
  try {
    daemon.emplace(io, config_file, *std::move(config), *std::move(passwords), **store, *std::move(stored),
                   log);
  } catch (const StoreFailure& failure) {
    err << "rollcall bridge: " << failure.what() << '\n';
    return EX_UNAVAILABLE;
  }
  if (!is_new) log.info("store {}: {} loaded", store_path, counted(daemon->device_count(), "device"));
  results.set_handler([&](const Result<void>& result) { daemon->stored(result); });
  auto control =
      ControlServer::listen(io, control_path, [&](const std::string& line, ControlServer::Answer answer) {
        daemon->operate(line, std::move(answer));
      });
  if (!control)
    log.warn("{}: rollcall set and rollcall forget can't reach this bridge", control.error().message);
  daemon->run();
  log.info("stopped");
  return EX_OK;
}

}  // namespace rollcall
