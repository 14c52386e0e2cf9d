// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "bridge/daemon/service.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr const char* kBrokerLog = "$SYS/broker/log/#";

/// Each bridge has its own, the same at each start: so that two don't take the connection from each other.
std::string client_id_of(const BrokerConfig& broker, std::uint64_t instance) {
  return broker.client_id.value_or(fmt::format("rollcall-bridge-{:016x}", instance));
}

}  // namespace

std::unique_ptr<MqttLink> Service::make_link(std::uint32_t index, const std::string& password) {
  const auto& broker = bridge_.config().brokers[index];
  MqttLinkSettings settings;
  settings.host = broker.host;
  settings.port = broker.port;
  settings.tls = broker.tls;
  settings.websocket_path = broker.websocket_path;
  settings.client_id = client_id_of(broker, instance_);
  link_logs_.emplace_back(log_, broker, LinkLogNames{settings.client_id, config_file_});
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

void Service::send_request(std::uint32_t broker, std::string_view bytes) {
  links_[broker]->publish(std::string(kControlTopic), bytes);
}

void Service::subscribe_to_log(std::uint32_t broker) { links_[broker]->subscribe(kBrokerLog); }

void Service::read_statuses(std::uint32_t broker, bool on) {
  const auto& filter = bridge_.topics().all_statuses();
  on ? links_[broker]->subscribe(filter) : links_[broker]->unsubscribe(filter);
}

LinkTraffic Service::link_traffic(std::uint32_t broker) { return links_[broker]->traffic(); }

void Service::give_up(std::uint32_t broker) {
  // From within the bridge's own call: later, when it has ended.
  boost::asio::post(io_, [this, broker] { links_[broker]->stop(std::nullopt); });
}

void Service::reconnect(std::uint32_t broker) {
  // From within the bridge's own call: later, when it has ended.
  boost::asio::post(io_, [this, broker] { links_[broker]->reconnect(); });
}

void Service::log(Level level, const std::string& line) {
  const auto as = level == Level::info      ? spdlog::level::info
                  : level == Level::warning ? spdlog::level::warn
                                            : spdlog::level::err;
  log_.log(as, line);
}

}  // namespace rollcall
