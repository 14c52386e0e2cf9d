// SPDX-License-Identifier: Apache-2.0
// One connection to one broker, from the attempt to its end, over libmosquitto. All of it runs on the
// io_context's thread, without a hop to another one between a packet and its handler; only the attempt, which
// may hang in DNS or TCP, has a thread of its own.
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

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bridge/adapters/mqtt/mqtt_link.hpp"

struct mosquitto;
struct mosquitto_message;
struct mqtt5__property;  // NOLINT(bugprone-reserved-identifier): the library's

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
  /// What the broker said when it let us in.
  struct Agreed {
    std::size_t max_packet_bytes = 0;               ///< 0: it didn't say
    std::optional<std::chrono::seconds> keepalive;  ///< nothing: the one asked for
  };
  /// Never called from within a call of this class. After `down` comes nothing more.
  struct Handlers {
    std::function<void(const Agreed&)> up;
    std::function<void(LinkFailure, const std::string& detail)> down;
    std::function<void(std::string_view topic, std::string_view payload, bool retained)> message;
    std::function<void()> idle;  ///< after messages, once what was published meanwhile is on its way
  };

  MqttConnection(boost::asio::io_context& io, std::shared_ptr<Mailbox> mailbox, MqttLinkSettings settings,
                 std::chrono::seconds keepalive, Handlers handlers);
  ~MqttConnection();
  MqttConnection(const MqttConnection&) = delete;
  MqttConnection& operator=(const MqttConnection&) = delete;

  /// Connects to the session that the broker keeps (MQTT 5, a day).
  void start();

  /// QoS 0. Never blocks; what the network doesn't take yet waits. Nothing where the connection isn't up.
  void publish(const std::string& topic, std::string_view payload);
  void subscribe(const std::string& filter);
  void unsubscribe(const std::string& filter);

  LinkTraffic traffic() const;

  /// Disconnects in peace, as far as the network takes that at once; no handler is called any more.
  void end();

  /// Publishes it at QoS 1, retained, and waits for the answer, `patience` at most; then end().
  void end_with(const std::string& topic, std::string_view last_payload, std::chrono::milliseconds patience);

 private:
  static void on_connect(mosquitto*, void* self, int code, int flags, const mqtt5__property* properties);
  static void on_message(mosquitto*, void* self, const mosquitto_message* message);
  static void on_disconnect(mosquitto*, void* self, int code);
  static void on_publish(mosquitto*, void* self, int packet);

  void attempted(int result, int error_number);
  void wait_readable();
  void read();
  void write_rest();
  void write();
  bool is_broken(int result, int error_number);
  void look_after();
  void down(LinkFailure failure, const std::string& detail);
  void close();

  boost::asio::io_context& io_;
  const std::shared_ptr<Mailbox> mailbox_;
  const MqttLinkSettings settings_;
  const std::chrono::seconds keepalive_;
  const Handlers handlers_;
  const std::shared_ptr<mosquitto> owner_;  ///< shared with the attempt's thread
  mosquitto* const handle_;
  boost::asio::posix::stream_descriptor socket_;  ///< a duplicate: the library closes its own when it likes
  boost::asio::steady_timer patience_, upkeep_;
  bool is_up_ = false, is_over_ = false, is_reading_ = false, waits_to_write_ = false;
  std::optional<int> refusal_, disconnect_reason_;
  std::optional<Agreed> agreed_;
  int last_packet_ = 0;
  bool is_last_acknowledged_ = false;
};

}  // namespace rollcall
