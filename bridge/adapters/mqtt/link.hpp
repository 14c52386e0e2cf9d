// SPDX-License-Identifier: Apache-2.0
// One link to one broker, over MQTT 5: connects, and connects again after growing pauses, for as long as it
// lives.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "bridge/core/config/config.hpp"
#include "bridge/core/session/link_traffic.hpp"

namespace rollcall {

class Bell;

/// Where to, as whom, and what the broker is to do when the link breaks.
struct MqttLinkSettings {
  std::string host;
  std::uint16_t port = 1883;
  std::optional<TlsConfig> tls;               ///< nothing: without TLS
  std::optional<std::string> websocket_path;  ///< "/mqtt"; nothing: plain MQTT
  std::string client_id, username, password;  ///< password may be empty
  std::string stream_topic;                   ///< subscribed after each connect
  std::string will_topic, will_payload;       ///< retained
  int will_qos = 1;
};

/// Why there is no link. retain_refused, qos_refused: the broker takes no retained will, or none of that QoS.
/// renewed: reconnect() was called.
enum class LinkFailure { unreachable, login_refused, retain_refused, qos_refused, lost, renewed };

/// All of it runs on the io_context's thread, events too.
class MqttLink {
 public:
  struct Events {
    /// Connected, and subscribed to the stream. What the broker takes at most in one packet; 0: it didn't
    /// say.
    std::function<void(std::size_t max_packet_bytes)> up;
    /// `detail` in the broker's or the library's words. The link tries again after `retry_in`.
    std::function<void(LinkFailure, const std::string& detail, std::chrono::milliseconds retry_in)> down;
    /// The broker has a limit that is too small: which, and what it should be.
    std::function<void(const std::string& warning)> limited;
    std::function<void(std::string_view bytes)> message;  ///< of the stream; valid until it returns
    /// A retained message that the broker has sent for another subscription.
    std::function<void(std::string_view topic, std::string_view payload)> retained;
    /// Messages that had come are told, as many as one turn takes, and what was published meanwhile is on its
    /// way, as far as the network takes it. Not after `down`.
    std::function<void()> idle;
  };

  /// `io` and `bell` must outlive the link; the link must be destroyed on io's thread.
  MqttLink(boost::asio::io_context& io, Bell& bell, MqttLinkSettings settings, Events events);
  ~MqttLink();
  MqttLink(const MqttLink&) = delete;
  MqttLink& operator=(const MqttLink&) = delete;

  void start();

  /// QoS 0, not retained. Never blocks. What can't be sent (no link, full queues) is lost.
  void publish(const std::string& topic, std::string_view payload);

  /// In the session that the broker keeps while the link is down. QoS 0.
  void subscribe(const std::string& filter);
  void unsubscribe(const std::string& filter);

  LinkTraffic traffic() const;

  /// Breaks the link and connects again: whoever is at the other end doesn't answer. Nothing where there is
  /// no link.
  void reconnect();

  /// Publishes `last_payload`, if there is one, on the will's topic, retained, and disconnects in peace;
  /// waits for both, 2 s each at most.
  void stop(const std::optional<std::string>& last_payload);

 private:
  class Client;
  std::unique_ptr<Client> client_;
};

}  // namespace rollcall
