// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt_link.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <dirent.h>
#include <mqtt/async_client.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstPause = 250ms;
constexpr auto kLongestPause = 10'000ms;
constexpr auto kPatience = 2s;
// Below every limit that a broker may set (max_keepalive, 10 s or more on 2.0.11): 2.0.21 throws out at
// random who asks for exactly that much.
constexpr std::chrono::seconds kKeepalive{9};

/// Paho leaves Nagle's algorithm on, which costs tens of milliseconds a message, and doesn't show its socket:
/// so all of this process's TCP sockets with that peer port are meant.
void send_without_delay(std::uint16_t peer_port) {
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return;
  while (const auto* entry = ::readdir(folder)) {
    const int fd = std::atoi(entry->d_name);
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (fd <= 2 || ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    in_port_t port = 0;
    if (peer.ss_family == AF_INET) port = reinterpret_cast<const sockaddr_in*>(&peer)->sin_port;
    if (peer.ss_family == AF_INET6) port = reinterpret_cast<const sockaddr_in6*>(&peer)->sin6_port;
    const int on = 1;
    if (ntohs(port) == peer_port) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ::closedir(folder);
}

std::string uri_of(const MqttLinkSettings& settings) {
  const bool is_ipv6 = settings.host.find(':') != std::string::npos;
  return "tcp://" + (is_ipv6 ? "[" + settings.host + "]" : settings.host) + ":" +
         std::to_string(settings.port);
}

}  // namespace

/// Shared with what is posted, so that a late callback finds it, though no longer connected to anything.
class MqttLink::Client : public std::enable_shared_from_this<Client>,
                         public mqtt::callback,
                         public mqtt::iaction_listener {
 public:
  Client(boost::asio::io_context& io, MqttLinkSettings settings, Events events)
      : io_(io),
        settings_(std::move(settings)),
        events_(std::move(events)),
        retry_(io),
        mqtt_(uri_of(settings_), settings_.client_id, mqtt::create_options(MQTTVERSION_5)) {
    mqtt_.set_callback(*this);
    // Paho calls connection_lost only where TCP breaks, not where the broker says DISCONNECT.
    mqtt_.set_disconnected_handler([this](const mqtt::properties&, mqtt::ReasonCode reason) {
      posted([this, reason] {
        if (is_up_)
          failed(LinkFailure::lost, ::MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(reason)));
      });
    });
  }

  void connect() {
    mqtt::connect_options options;
    options.set_mqtt_version(MQTTVERSION_5);
    options.set_clean_start(false);
    mqtt::properties properties;
    constexpr std::int32_t kSessionSeconds = 24 * 3600;
    properties.add({mqtt::property::SESSION_EXPIRY_INTERVAL, kSessionSeconds});
    options.set_properties(properties);
    options.set_keep_alive_interval(keepalive_);
    options.set_connect_timeout(5s);
    options.set_user_name(settings_.username);
    if (!settings_.password.empty()) options.set_password(settings_.password);
    options.set_will(mqtt::will_options(settings_.will_topic, settings_.will_payload, 1, true));
    try {
      mqtt_.connect(options, nullptr, *this);
    } catch (const mqtt::exception& error) {
      failed(LinkFailure::unreachable, error.what());
    }
  }

  void publish(const std::string& topic, const std::string& payload) {
    try {
      if (is_up_) mqtt_.publish(topic, payload.data(), payload.size(), 0, false);
    } catch (const mqtt::exception&) {
      // Lost, as the contract says: whoever needs an answer asks again.
    }
  }

  void subscribe(const std::string& filter) {
    try {
      if (is_up_) mqtt_.subscribe(filter, 0);
    } catch (const mqtt::exception&) {
      // The link is breaking: it subscribes anew when it is up again.
    }
  }

  void unsubscribe(const std::string& filter) {
    try {
      if (is_up_) mqtt_.unsubscribe(filter);
    } catch (const mqtt::exception&) {
      // The link is breaking: whoever wants it gone asks again when it is up.
    }
  }

  void reconnect() {
    if (!is_up_) return;
    try {
      mqtt_.disconnect(kPatience);
    } catch (const mqtt::exception&) {
      // Broken already.
    }
    failed(LinkFailure::lost, "no answer");
  }

  void stop(const std::optional<std::string>& last_payload) {
    is_stopping_ = true;
    retry_.cancel();
    try {
      if (is_up_ && last_payload)
        mqtt_.publish(settings_.will_topic, last_payload->data(), last_payload->size(), 1, true)
            ->wait_for(kPatience);
      if (mqtt_.is_connected()) mqtt_.disconnect(kPatience)->wait_for(kPatience);
      mqtt_.disable_callbacks();  // refused while a connect is under way: what it posts then finds
                                  // is_stopping_
    } catch (const mqtt::exception&) {
      // The broker will send the will instead.
    }
    is_up_ = false;
  }

 private:
  // From here on Paho's threads, until posted().
  void on_success(const mqtt::token& token) override {
    if (token.get_type() != mqtt::token::CONNECT) return;
    std::size_t max_packet = 0;
    std::chrono::seconds limit = std::chrono::seconds::max();
    try {
      const auto properties = token.get_connect_response().get_properties();
      constexpr auto kMaxPacket = mqtt::property::MAXIMUM_PACKET_SIZE;
      if (properties.contains(kMaxPacket)) max_packet = mqtt::get<std::uint32_t>(properties, kMaxPacket);
      constexpr auto kLimit = mqtt::property::SERVER_KEEP_ALIVE;
      const int seconds = properties.contains(kLimit) ? mqtt::get<std::uint16_t>(properties, kLimit) : 0;
      if (seconds > 0) limit = std::chrono::seconds{seconds};
    } catch (const std::exception&) {
      // No answer to look into: the broker didn't say.
    }
    posted([this, max_packet, limit] {
      if (limit <= keepalive_ && keepalive_ > 1s) {
        ask_for_less_than(limit);
      } else {
        came_up(max_packet);
      }
    });
  }
  void on_failure(const mqtt::token& token) override {
    if (token.get_type() != mqtt::token::CONNECT) return;
    // Paho hands on a CONNACK's reason as the return code; its own errors are negative.
    const int code = std::max(token.get_return_code(), static_cast<int>(token.get_reason_code()));
    constexpr int kFirstReason = 0x80;
    constexpr int kBadUserNameOrPassword = 0x86;
    constexpr int kNotAuthorized = 0x87;
    const bool is_login = code == kBadUserNameOrPassword || code == kNotAuthorized;
    std::string detail = code >= kFirstReason ? ::MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(code))
                                              : mqtt::exception::error_str(token.get_return_code());
    posted([this, is_login, detail = std::move(detail)] {
      failed(is_login ? LinkFailure::login_refused : LinkFailure::unreachable, detail);
    });
  }
  void connection_lost(const std::string& cause) override {
    posted([this, cause] {
      if (is_up_) failed(LinkFailure::lost, cause);
    });
  }
  void message_arrived(mqtt::const_message_ptr message) override {
    const bool is_stream = message->get_topic() == settings_.stream_topic;
    if (!is_stream && (!message->is_retained() || message->get_payload().empty())) return;
    posted([this, message, is_stream] {
      if (!is_up_) return;
      is_stream ? events_.message(message->get_payload()) : events_.retained(message->get_topic());
    });
  }

  template <typename Work>
  void posted(Work work) {
    boost::asio::post(io_, [weak = weak_from_this(), work = std::move(work)] {
      if (const auto self = weak.lock(); self && !self->is_stopping_) work();
    });
  }

  /// Paho would ping as often as the broker wants, but a second late and at the limit itself.
  void ask_for_less_than(std::chrono::seconds limit) {
    keepalive_ = std::max<std::chrono::seconds>(1s, limit / 2);
    try {
      mqtt_.disconnect(kPatience);
    } catch (const mqtt::exception&) {
      // Broken already.
    }
    connect_after(kFirstPause);
  }

  void came_up(std::size_t max_packet_bytes) {
    send_without_delay(settings_.port);
    up_since_ = std::chrono::steady_clock::now();
    is_up_ = true;
    subscribe(settings_.stream_topic);
    events_.up(max_packet_bytes);
  }

  void failed(LinkFailure failure, const std::string& detail) {
    // A broker that throws the link out each time isn't asked at full speed.
    if (is_up_ && std::chrono::steady_clock::now() - up_since_ > kLongestPause) pause_ = kFirstPause;
    is_up_ = false;
    events_.down(failure, detail);
    connect_after(pause_);
    pause_ = std::min<std::chrono::milliseconds>(pause_ * 2, kLongestPause);
  }

  void connect_after(std::chrono::milliseconds pause) {
    retry_.expires_after(pause);
    retry_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      if (const auto self = weak.lock(); self && !error && !self->is_stopping_) self->connect();
    });
  }

  boost::asio::io_context& io_;
  const MqttLinkSettings settings_;
  const Events events_;
  boost::asio::steady_timer retry_;
  std::chrono::milliseconds pause_ = kFirstPause;
  std::chrono::seconds keepalive_ = kKeepalive;
  std::chrono::steady_clock::time_point up_since_;
  bool is_up_ = false;
  bool is_stopping_ = false;
  mqtt::async_client mqtt_;
};

MqttLink::MqttLink(boost::asio::io_context& io, MqttLinkSettings settings, Events events)
    : client_(std::make_shared<Client>(io, std::move(settings), std::move(events))) {}
MqttLink::~MqttLink() = default;
void MqttLink::start() { client_->connect(); }
void MqttLink::publish(const std::string& topic, const std::string& payload) {
  client_->publish(topic, payload);
}
void MqttLink::subscribe(const std::string& filter) { client_->subscribe(filter); }
void MqttLink::unsubscribe(const std::string& filter) { client_->unsubscribe(filter); }
void MqttLink::reconnect() { client_->reconnect(); }
void MqttLink::stop(const std::optional<std::string>& last_payload) { client_->stop(last_payload); }

}  // namespace rollcall
