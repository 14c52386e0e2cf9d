// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/link.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "bridge/adapters/mqtt/connection.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstPause = 250ms;
constexpr auto kLongestPause = 10'000ms;
constexpr auto kPatience = 2s;
// Below every limit that a broker may set (max_keepalive, 10 s or more on 2.0.11): 2.0.21 throws out at
// random who asks for exactly that much.
constexpr std::chrono::seconds kKeepalive{9};
/// With less, a ping that is late by a second comes too late.
constexpr std::chrono::seconds kLeastKeepalive{5};

}  // namespace

/// The connections of a link, one after the other.
class MqttLink::Client {
 public:
  Client(boost::asio::io_context& io, Bell& bell, MqttLinkSettings settings, Events events)
      : io_(io),
        bell_(bell),
        mailbox_(std::make_shared<Mailbox>(io)),
        settings_(std::move(settings)),
        events_(std::move(events)),
        retry_(io) {}
  ~Client() {
    mailbox_->close();
    if (connection_) connection_->end();
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void connect() {
    MqttConnection::Handlers handlers;
    handlers.up = [this](const Agreed& agreed) { came_up(agreed); };
    handlers.down = [this](LinkFailure failure, const std::string& detail) { failed(failure, detail); };
    handlers.taken_over = [this](bool is_certain) { take_another_id(is_certain); };
    handlers.message = [this](std::string_view topic, std::string_view payload, bool is_retained) {
      if (topic == settings_.stream_topic) {
        events_.message(payload);
      } else if (is_retained && !payload.empty()) {
        events_.retained(topic, payload);
      }
    };
    handlers.idle = events_.idle;
    auto settings = settings_;
    if (!id_suffix_.empty()) settings.client_id += "-" + id_suffix_;
    connection_ = std::make_shared<MqttConnection>(io_, bell_, mailbox_, std::move(settings), keepalive_,
                                                   attempts_++, std::move(handlers));
    connection_->start();
  }

  void publish(const std::string& topic, std::string_view payload) {
    if (connection_) connection_->publish(topic, payload);
  }
  void subscribe(const std::string& filter) {
    if (connection_) connection_->subscribe(filter);
  }
  void unsubscribe(const std::string& filter) {
    if (connection_) connection_->unsubscribe(filter);
  }

  LinkTraffic traffic() const { return connection_ ? connection_->traffic() : LinkTraffic{}; }
  void reconnect() {
    if (!is_up_) return;
    connection_->end();
    failed(LinkFailure::renewed, "no answer");
  }

  void stop(const std::optional<std::string>& last_payload) {
    retry_.cancel();
    is_up_ = false;
    if (!connection_) return;
    if (last_payload) {
      connection_->end_with(settings_.will_topic, *last_payload, kPatience);
    } else {
      connection_->end();
    }
  }

 private:
  void came_up(const Agreed& agreed) {
    // At the limit itself a ping would come too late.
    if (agreed.keepalive && *agreed.keepalive <= keepalive_ && keepalive_ > kLeastKeepalive) {
      if (*agreed.keepalive <= kLeastKeepalive) {
        events_.limited("max_keepalive is " + std::to_string(agreed.keepalive->count()) +
                        ": it should be 6 or more, else the broker may throw the bridge out");
      }
      keepalive_ = std::max(kLeastKeepalive, *agreed.keepalive / 2);
      connection_->end();
      connect_after(kFirstPause);
      return;
    }
    up_since_ = std::chrono::steady_clock::now();
    is_up_ = true;
    connection_->subscribe(settings_.stream_topic);
    events_.up(agreed.max_packet_bytes);
  }

  /// Where logins by certificate are, the plugin can't keep others from a client id. They don't know the new
  /// one, so that they can't do it again. The broker keeps the session of the old one for a day: if it isn't
  /// certain that it is taken, a new one comes once an hour at most.
  void take_another_id(bool is_certain) {
    constexpr auto kSeldom = 1h;
    const auto now = std::chrono::steady_clock::now();
    if (!is_certain && !id_suffix_.empty() && now - id_taken_ < kSeldom) return;
    std::random_device random;
    id_suffix_ = std::to_string(random()) + std::to_string(random());
    id_taken_ = now;
    if (is_certain) pause_ = kFirstPause;
  }

  void failed(LinkFailure failure, const std::string& detail) {
    // A broker that throws the link out each time isn't asked at full speed.
    if (is_up_ && std::chrono::steady_clock::now() - up_since_ > kLongestPause) pause_ = kFirstPause;
    is_up_ = false;
    events_.down(failure, detail, pause_);
    connect_after(pause_);
    pause_ = std::min<std::chrono::milliseconds>(pause_ * 2, kLongestPause);
  }

  void connect_after(std::chrono::milliseconds pause) {
    retry_.expires_after(pause);
    retry_.async_wait([this](const boost::system::error_code& error) {
      if (!error) connect();
    });
  }

  boost::asio::io_context& io_;
  Bell& bell_;
  const std::shared_ptr<Mailbox> mailbox_;
  const MqttLinkSettings settings_;
  const Events events_;
  boost::asio::steady_timer retry_;
  std::chrono::milliseconds pause_ = kFirstPause;
  std::chrono::seconds keepalive_ = kKeepalive;
  std::chrono::steady_clock::time_point up_since_;
  bool is_up_ = false;
  std::size_t attempts_ = 0;
  std::string id_suffix_;  ///< of the client id, after somebody took it
  std::chrono::steady_clock::time_point id_taken_;
  std::shared_ptr<MqttConnection> connection_;  ///< the latest
};

MqttLink::MqttLink(boost::asio::io_context& io, Bell& bell, MqttLinkSettings settings, Events events)
    : client_(std::make_unique<Client>(io, bell, std::move(settings), std::move(events))) {}
MqttLink::~MqttLink() = default;
void MqttLink::start() { client_->connect(); }
void MqttLink::publish(const std::string& topic, std::string_view payload) {
  client_->publish(topic, payload);
}
void MqttLink::subscribe(const std::string& filter) { client_->subscribe(filter); }
void MqttLink::unsubscribe(const std::string& filter) { client_->unsubscribe(filter); }
LinkTraffic MqttLink::traffic() const { return client_->traffic(); }
void MqttLink::reconnect() { client_->reconnect(); }
void MqttLink::stop(const std::optional<std::string>& last_payload) { client_->stop(last_payload); }

}  // namespace rollcall
