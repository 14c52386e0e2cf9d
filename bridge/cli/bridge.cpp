// SPDX-License-Identifier: Apache-2.0
// `rollcall bridge`: wires the pure bridge to its links, clock, signals and log, on one thread.
#include "bridge/core/bridge.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/ranges.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "bridge/adapters/clock.hpp"
#include "bridge/adapters/mqtt_link.hpp"
#include "bridge/cli/commands.hpp"
#include "bridge/cli/read_config.hpp"
#include "secrets/secret_file.hpp"

namespace rollcall::cli {
namespace {

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

constexpr const char* kClientId = "rollcall-bridge";
constexpr const char* kBrokerLog = "$SYS/broker/log/#";

class Daemon : private BridgePorts {
 public:
  Daemon(Config config, std::vector<std::string> passwords, spdlog::logger& log)
      : log_(log),
        bridge_(std::move(config), *this, clock_.now(), std::random_device{}()),
        timer_(io_),
        signals_(io_) {
    const auto& brokers = bridge_.config().brokers;
    link_states_.resize(brokers.size());
    for (std::uint32_t i = 0; i < brokers.size(); ++i) links_.push_back(make_link(i, passwords[i]));
  }

  void run() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) signals_.add(signal);
    wait_for_signal();
    for (auto& link : links_) link->start();
    arm_timer();
    io_.run();
  }

 private:
  std::unique_ptr<MqttLink> make_link(std::uint32_t index, const std::string& password) {
    const auto& broker = bridge_.config().brokers[index];
    MqttLinkSettings settings;
    settings.host = broker.host;
    settings.port = broker.port;
    settings.client_id = kClientId;
    settings.username = broker.username;
    settings.password = password;
    settings.stream_topic = bridge_.topics().stream();
    settings.will_topic = bridge_.topics().bridge();
    settings.will_payload = bridge_.bridge_payload(false);
    MqttLink::Events events;
    events.up = [this, index](std::size_t max_packet_bytes) {
      say_link_state(index, "connected");
      bridge_.link_up(index, clock_.now(), max_packet_bytes);
      carry_on();
    };
    events.down = [this, index](LinkFailure failure, const std::string& detail) {
      say_link_state(index, failure, detail);
      bridge_.link_down(index, clock_.now());
      carry_on();
    };
    events.message = [this, index](const std::string& bytes) {
      bridge_.receive(index, bytes, clock_.now());
      carry_on();
    };
    return std::make_unique<MqttLink>(io_, std::move(settings), std::move(events));
  }

  void carry_on() {
    bridge_.advance(clock_.now());
    arm_timer();
  }

  void arm_timer() {
    // A day at most: the library's clock can't hold the end of time.
    const auto wait =
        std::clamp<Millis>(bridge_.next_deadline() - clock_.now(), Millis{0}, std::chrono::hours{24});
    timer_.expires_after(wait);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) carry_on();
    });
  }

  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        log_.warn(
            "SIGHUP: reloading isn't in this version; restart the bridge to use a changed configuration");
        wait_for_signal();
        return;
      }
      log_.info("stopping");
      for (auto& link : links_) link->stop(bridge_.bridge_payload(false));
      io_.stop();
    });
  }

  void say_link_state(std::uint32_t index, LinkFailure failure, const std::string& detail) {
    const auto& broker = bridge_.config().brokers[index];
    switch (failure) {
      case LinkFailure::unreachable:
        say_link_state(index, "can't be reached (" + detail + "); trying on");
        break;
      case LinkFailure::login_refused:
        say_link_state(
            index,
            "refused the login of user \"" + broker.username + "\" (" + detail +
                "): does its password_file hold what plugin_opt_bridge_password_file holds? Trying on");
        break;
      case LinkFailure::lost:
        say_link_state(index, "the connection broke" + (detail.empty() ? "" : " (" + detail + ")") +
                                  "; connecting again");
        break;
    }
  }

  /// One line for each change, however often it is tried.
  void say_link_state(std::uint32_t index, const std::string& state) {
    if (link_states_[index] == state) return;
    const bool is_good = state == "connected";
    const auto& broker = bridge_.config().brokers[index];
    log_.log(is_good ? spdlog::level::info : spdlog::level::warn, "broker \"{}\" at {}:{}: {}", broker.name,
             broker.host, broker.port, state);
    link_states_[index] = state;
  }

  void send_request(std::uint32_t broker, const std::string& bytes) override {
    links_[broker]->publish(std::string(kControlTopic), bytes);
  }
  void subscribe_to_log(std::uint32_t broker) override { links_[broker]->subscribe(kBrokerLog); }
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

  spdlog::logger& log_;
  boost::asio::io_context io_;
  Clock clock_;
  Bridge bridge_;
  boost::asio::steady_timer timer_;
  boost::asio::signal_set signals_;
  std::vector<std::unique_ptr<MqttLink>> links_;
  std::vector<std::string> link_states_;
};

}  // namespace

int run_bridge(const BridgeOptions& options, std::ostream& err) {
  auto config = read_config(options.config_file);
  if (!config) {
    err << "rollcall bridge: " << config.error().message << '\n';
    return kConfiguration;
  }
  std::vector<std::string> passwords;
  for (std::size_t i = 0; i < config->brokers.size(); ++i) {
    const auto& file = config->brokers[i].password_file;
    auto password = file ? read_secret_file(*file) : Result<std::string>{};
    if (!password) {
      err << "rollcall bridge: " << options.config_file << ": brokers[" << i
          << "].password_file: " << password.error().message << '\n';
      return kConfiguration;
    }
    passwords.push_back(*std::move(password));
  }
  spdlog::logger log("rollcall", std::make_shared<spdlog::sinks::ostream_sink_mt>(err, true));
  log.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  log.info("rollcall {} with {}: {}, {}", ROLLCALL_VERSION, options.config_file,
           counted(config->brokers.size(), "broker"), counted(config->templates.size(), "template"));
  for (const auto& key : config->not_yet_used)
    log.warn("{}: {} has no effect in this version", options.config_file, key);
  Daemon(*std::move(config), std::move(passwords), log).run();
  log.info("stopped");
  return kOk;
}

}  // namespace rollcall::cli
