// SPDX-License-Identifier: Apache-2.0
// The pure bridge with its links, clock, signals and log, on one thread: that of an io_context.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/logger.h>

#include "bridge/adapters/curl/curl_sender.hpp"
#include "bridge/adapters/mqtt/bell.hpp"
#include "bridge/adapters/mqtt/link.hpp"
#include "bridge/adapters/system/clock.hpp"
#include "bridge/core/channels/delivery_queue.hpp"
#include "bridge/core/commands/command_feature.hpp"
#include "bridge/core/metrics/transition_counts.hpp"
#include "bridge/core/notify/notification_topics.hpp"
#include "bridge/core/notify/notifier.hpp"
#include "bridge/core/pipeline/bridge.hpp"
#include "bridge/daemon/config_reader.hpp"
#include "bridge/daemon/http_service.hpp"
#include "bridge/daemon/link_log.hpp"
#include "bridge/daemon/read_secrets.hpp"
#include "bridge/daemon/service_notices.hpp"

namespace rollcall {

/// Many functions and fields, for it is where all that a process has comes together.
class Service : private BridgePorts {
 public:
  /// `io`, `store` and `log` must outlive it. Throws StoreFailure.
  Service(boost::asio::io_context& io, std::string config_file, Config config, Secrets secrets, Store& store,
          StoredState stored, spdlog::logger& log);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  std::size_t device_count() const { return bridge_.engine().device_count(); }

  /// Until SIGTERM or SIGINT, and what is on its way then has ended. SIGHUP reads the configuration anew.
  void run();

  /// How the write that Store::begin_write() began has ended.
  void stored(const Result<void>& result);

 private:
  // service.cpp
  Time now();
  void carry_on();
  void finish();
  void arm_timer();
  void wait_for_signal();
  void reload(Result<Config> config);

  void message_ended(const SendResult& result);

  // service_links.cpp: the links, and what the bridge asks of them.
  std::unique_ptr<MqttLink> make_link(std::uint32_t index, const std::string& password);
  void send_request(std::uint32_t broker, std::string_view bytes) override;
  void subscribe_to_log(std::uint32_t broker) override;
  void read_statuses(std::uint32_t broker, bool on) override;
  LinkTraffic link_traffic(std::uint32_t broker) override;
  void give_up(std::uint32_t broker) override;
  void reconnect(std::uint32_t broker) override;
  void log(Level level, const std::string& line) override;

  // service_stop.cpp
  void stop();
  void end_links();
  void log_what_is_lost();

  boost::asio::io_context& io_;
  const std::string config_file_;
  spdlog::logger& log_;
  Clock clock_;
  const std::uint64_t instance_;
  NotifyState stored_notify_;
  TransitionCounts transitions_;
  CommandFeature commands_;
  CurlSender sender_;
  DeliveryQueue deliveries_;
  Bridge bridge_;
  NotificationTopics notification_topics_;
  Notifier notifier_;
  bool is_stopping_ = false;
  bool have_links_ended_ = false;
  bool is_timer_armed_ = false;
  boost::asio::steady_timer timer_, last_answers_{io_}, last_write_{io_};
  boost::asio::signal_set signals_;
  Bell bell_{io_};
  std::vector<std::unique_ptr<MqttLink>> links_;
  std::vector<LinkLog> link_logs_;
  ServiceNotices notices_{io_, ServiceManager::of_environment()};
  ConfigReader config_reader_;
  HttpService http_;
};

/// What the configuration has that is no error.
void log_notes(spdlog::logger& log, const std::string& file, const Config& config);

/// "1 device", "2 devices".
std::string counted(std::size_t count, const std::string& noun);

}  // namespace rollcall
