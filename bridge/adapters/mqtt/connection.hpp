// SPDX-License-Identifier: Apache-2.0
// One connection to one broker, from the attempt to its end, over Paho. All of it runs on the io_context's
// thread. Paho's threads put what comes into a Handover and never wait; to publish never waits for them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mqtt/async_client.h>

#include "base/result.hpp"
#include "bridge/adapters/mqtt/addresses.hpp"
#include "bridge/adapters/mqtt/bell.hpp"
#include "bridge/adapters/mqtt/handover.hpp"
#include "bridge/adapters/mqtt/link.hpp"
#include "bridge/adapters/mqtt/news.hpp"
#include "bridge/adapters/mqtt/pacer.hpp"
#include "bridge/adapters/mqtt/sockets.hpp"

namespace rollcall {

/// For work from other threads, which may come when the io_context is no more.
class Mailbox {
 public:
  explicit Mailbox(boost::asio::io_context& io) : io_(&io) {}
  void close();
  void post(std::function<void()> work);

 private:
  std::mutex mutex_;
  boost::asio::io_context* io_;
};

class MqttConnection : public std::enable_shared_from_this<MqttConnection> {
 public:
  /// Never called from within a call of this class. After `down` comes nothing more.
  struct Handlers {
    std::function<void(const Agreed&)> up;
    std::function<void(LinkFailure, const std::string& detail)> down;
    /// Somebody has connected under our client id; or may have, as 2.0.11 doesn't say. `down` follows.
    std::function<void(bool is_certain)> taken_over;
    std::function<void(std::string_view topic, std::string_view payload, bool retained)> message;
    std::function<void()> idle;  ///< after messages
  };

  /// `attempt` counts a link's connections: of several addresses of a host each gets its turn as the first.
  MqttConnection(boost::asio::io_context& io, Bell& bell, std::shared_ptr<Mailbox> mailbox,
                 MqttLinkSettings settings, std::chrono::seconds keepalive, std::size_t attempt,
                 Handlers handlers);
  ~MqttConnection();
  MqttConnection(const MqttConnection&) = delete;
  MqttConnection& operator=(const MqttConnection&) = delete;

  /// Connects with a session of its own, which the broker then keeps for a day (MQTT 5).
  void start();

  /// QoS 0. Never blocks; what the network doesn't take yet waits. Nothing where the connection isn't up, or
  /// where it is larger than what the broker takes.
  void publish(const std::string& topic, std::string_view payload);
  void subscribe(const std::string& filter);
  void unsubscribe(const std::string& filter);

  LinkTraffic traffic() const;

  /// Disconnects in peace, as far as the network takes that at once; no handler is called any more.
  void end();

  /// Publishes it, retained, and waits until it has arrived, `patience` at most; then end().
  void end_with(const std::string& topic, std::string_view last_payload, std::chrono::milliseconds patience);

 private:
  void be_patient();
  void looked_up(Result<std::vector<boost::asio::ip::address>> addresses);
  void try_next();
  const boost::asio::ip::address& address() const;
  std::string uri() const;
  void set_options(mqtt::connect_options& options) const;
  void take(News& news);
  void connected(const Agreed& agreed);
  void refused(const Refused& refusal);
  void lost();
  void look_for_reason();
  void keep_ringing();
  void down(LinkFailure failure, const std::string& detail);
  void drop_client();
  void close();

  boost::asio::io_context& io_;
  Bell& bell_;
  const std::shared_ptr<Mailbox> mailbox_;
  const MqttLinkSettings settings_;
  const std::chrono::seconds keepalive_;
  const Handlers handlers_;
  boost::asio::steady_timer patience_, ringing_;
  std::vector<boost::asio::ip::address> addresses_;
  std::size_t next_address_, tries_left_ = 0;
  std::optional<LookupAnswer> answer_;  ///< for Paho, while it connects
  bool is_up_ = false, is_over_ = false, is_ringing_ = false, must_ring_ = false;
  std::size_t max_packet_bytes_ = 0;
  Socket socket_;
  // In this order: the client's threads use those before it.
  std::shared_ptr<Handover<News>> handover_;
  std::unique_ptr<Pacer> pacer_;
  std::unique_ptr<mqtt::iaction_listener> when_connected_, when_written_;
  std::unique_ptr<mqtt::async_client> client_;
};

}  // namespace rollcall
