// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/connection.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>

#include "bridge/adapters/mqtt/addresses.hpp"
#include "bridge/adapters/mqtt/reachability.hpp"
#include "bridge/adapters/mqtt/reasons.hpp"
#include "bridge/adapters/mqtt/tcp_info.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

constexpr auto kConnectWithin = 5s;
constexpr std::uint32_t kSessionSeconds = 24 * 3600;
constexpr int kMaxInPaho = 100;  // never reached: Pacer gives it one
// Brokers drop messages for who doesn't read them, too: the stream's numbers show it.
constexpr std::size_t kMaxMessagesWaiting = 100'000;
constexpr auto kRingWhileConnecting = 10ms;
constexpr auto kRingWhileWriting = 3ms;
constexpr const char* kConnectionLost = "closed without a reason";

/// Of a CONNACK that says no.
LinkFailure failure_of(int reason) {
  switch (reason) {
    case mqtt::CLIENT_IDENTIFIER_NOT_VALID:
    case mqtt::BAD_USER_NAME_OR_PASSWORD:
    case mqtt::NOT_AUTHORIZED:
      return LinkFailure::login_refused;
    case mqtt::RETAIN_NOT_SUPPORTED:
      return LinkFailure::retain_refused;
    case mqtt::QOS_NOT_SUPPORTED:
      return LinkFailure::qos_refused;
    default:
      return LinkFailure::unreachable;
  }
}

Agreed agreed_in(const mqtt::properties& properties) {
  Agreed agreed;
  if (properties.contains(mqtt::property::MAXIMUM_PACKET_SIZE))
    agreed.max_packet_bytes = mqtt::get<std::uint32_t>(properties, mqtt::property::MAXIMUM_PACKET_SIZE);
  if (properties.contains(mqtt::property::SERVER_KEEP_ALIVE)) {
    agreed.keepalive =
        std::chrono::seconds{mqtt::get<std::uint16_t>(properties, mqtt::property::SERVER_KEEP_ALIVE)};
  }
  return agreed;
}

/// At most: of a PUBLISH at QoS 1 with no properties.
std::size_t packet_bytes(const std::string& topic, std::size_t payload_bytes) {
  constexpr std::size_t kFixedHeader = 5, kTopicLength = 2, kPacketNumber = 2, kNoProperties = 1;
  return kFixedHeader + kTopicLength + topic.size() + kPacketNumber + kNoProperties + payload_bytes;
}

// Both are called on Paho's threads, under its lock. What they throw would end the process in C code: better
// here.

class WhenConnected : public mqtt::iaction_listener {
 public:
  explicit WhenConnected(std::shared_ptr<Handover<News>> handover) : handover_(std::move(handover)) {}
  void on_success(const mqtt::token& token) noexcept override {
    handover_->put(agreed_in(token.get_connect_response().get_properties()));
  }
  void on_failure(const mqtt::token& token) noexcept override {
    handover_->put(Refused{token.get_return_code()});
  }

 private:
  const std::shared_ptr<Handover<News>> handover_;
};

class WhenWritten : public mqtt::iaction_listener {
 public:
  explicit WhenWritten(Pacer& pacer) : pacer_(pacer) {}
  void on_success(const mqtt::token&) noexcept override { pacer_.written(); }
  void on_failure(const mqtt::token&) noexcept override { pacer_.written(); }

 private:
  Pacer& pacer_;
};

}  // namespace

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
}

void Mailbox::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (io_ != nullptr) boost::asio::post(*io_, std::move(work));
}

MqttConnection::MqttConnection(boost::asio::io_context& io, Bell& bell, std::shared_ptr<Mailbox> mailbox,
                               MqttLinkSettings settings, std::chrono::seconds keepalive, std::size_t attempt,
                               Handlers handlers)
    : io_(io),
      bell_(bell),
      mailbox_(std::move(mailbox)),
      settings_(std::move(settings)),
      keepalive_(keepalive),
      handlers_(std::move(handlers)),
      patience_(io),
      ringing_(io),
      next_address_(attempt) {}

MqttConnection::~MqttConnection() { close(); }

void MqttConnection::start() {
  be_patient();
  if (is_literal_address(settings_.host)) {
    looked_up(look_up(settings_.host));
    return;
  }
  // It may outlive the connection, and the io_context.
  std::thread([host = settings_.host, mailbox = mailbox_, weak = weak_from_this()] {
    mailbox->post([weak, addresses = look_up(host)] {
      if (const auto self = weak.lock()) self->looked_up(addresses);
    });
  }).detach();
}

void MqttConnection::be_patient() {
  patience_.expires_after(kConnectWithin);
  patience_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    if (const auto self = weak.lock(); self && !error) self->down(LinkFailure::unreachable, "no answer");
  });
}

void MqttConnection::looked_up(Result<std::vector<boost::asio::ip::address>> addresses) {
  if (is_over_) return;
  if (!addresses) {
    down(LinkFailure::unreachable, addresses.error().message);
    return;
  }
  addresses_ = *std::move(addresses);
  tries_left_ = addresses_.size();
  try_next();
  keep_ringing();
}

const boost::asio::ip::address& MqttConnection::address() const {
  return addresses_[next_address_ % addresses_.size()];
}

/// With the name: a certificate and a web server are asked for it.
std::string MqttConnection::uri() const {
  const auto scheme = std::string(settings_.websocket_path ? "ws" : "mqtt") + (settings_.tls ? "s" : "");
  const auto& host = settings_.host;
  const bool is_v6 = host.find(':') != std::string::npos;
  return scheme + "://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(settings_.port) +
         settings_.websocket_path.value_or("");
}

void MqttConnection::set_options(mqtt::connect_options& options) const {
  options.set_mqtt_version(MQTTVERSION_5);
  // The session stays for a day, so that the plugin is asked about the broker's log meanwhile. It is never
  // resumed: others may have put subscriptions into it.
  options.set_clean_start(true);
  options.set_properties({{mqtt::property::SESSION_EXPIRY_INTERVAL, kSessionSeconds}});
  options.set_keep_alive_interval(keepalive_);
  options.set_user_name(settings_.username);
  if (!settings_.password.empty()) options.set_password(settings_.password);
  options.set_will(
      mqtt::will_options(settings_.will_topic, settings_.will_payload, settings_.will_qos, true));
  if (!settings_.tls) return;
  const auto& tls = *settings_.tls;
  mqtt::ssl_options ssl;
  if (tls.ca_file) ssl.set_trust_store(*tls.ca_file);
  if (tls.certificate_file) {
    ssl.set_key_store(*tls.certificate_file);
    // A key that has got a passphrase since it was checked: without one here OpenSSL asks the terminal.
    ssl.set_private_key_password("none");
  }
  if (tls.key_file) ssl.set_private_key(*tls.key_file);
  ssl.set_enable_server_cert_auth(tls.verify);
  ssl.set_verify(tls.verify);
  options.set_ssl(ssl);
}

void MqttConnection::try_next() {
  drop_client();
  handover_ = std::make_shared<Handover<News>>(
      io_, Handover<News>::Receiver{[weak = weak_from_this()](News& news) {
                                      if (const auto self = weak.lock()) self->take(news);
                                    },
                                    [weak = weak_from_this()] {
                                      const auto self = weak.lock();
                                      if (self && self->is_up_ && !self->is_over_) self->handlers_.idle();
                                    }});
  const auto handover = handover_;
  answer_.emplace(settings_.host, address());
  try {
    client_ = std::make_unique<mqtt::async_client>(uri(), settings_.client_id,
                                                   mqtt::create_options(MQTTVERSION_5, kMaxInPaho));
    pacer_ = std::make_unique<Pacer>(
        [this](const mqtt::const_message_ptr& message) {
          return has_room(socket_, packet_bytes(message->get_topic(), message->get_payload_ref().size()));
        },
        [this, client = client_.get()](const mqtt::const_message_ptr& message) {
          try {
            client->publish(message, nullptr, *when_written_);
            return true;
          } catch (const mqtt::exception&) {
            return false;  // not connected any more, or no UTF-8
          }
        });
    when_written_ = std::make_unique<WhenWritten>(*pacer_);
    when_connected_ = std::make_unique<WhenConnected>(handover);
    client_->set_message_callback([handover](mqtt::const_message_ptr message) noexcept {
      handover->put(std::move(message), kMaxMessagesWaiting);
    });
    client_->set_connection_lost_handler([handover](const std::string&) noexcept { handover->put(Lost{}); });
    client_->set_disconnected_handler([handover](const mqtt::properties&, mqtt::ReasonCode reason) noexcept {
      handover->put(Ended{reason});
    });
    mqtt::connect_options options;  // a copy of it has pointers into this one
    set_options(options);
    client_->connect(options, nullptr, *when_connected_);
  } catch (const mqtt::exception& error) {
    boost::asio::post(io_, [weak = weak_from_this(), text = std::string(error.what())] {
      if (const auto self = weak.lock()) self->down(LinkFailure::unreachable, text);
    });
  }
}

void MqttConnection::take(News& news) {
  if (is_over_) return;
  if (const auto* const message = std::get_if<mqtt::const_message_ptr>(&news)) {
    if (!is_up_) return;
    const auto& payload = (*message)->get_payload();
    handlers_.message((*message)->get_topic(), {payload.data(), payload.size()}, (*message)->is_retained());
  } else if (const auto* const agreed = std::get_if<Agreed>(&news)) {
    connected(*agreed);
  } else if (const auto* const refusal = std::get_if<Refused>(&news)) {
    refused(*refusal);
  } else if (const auto* const ended = std::get_if<Ended>(&news)) {
    if (is_up_ && (ended->reason == mqtt::SESSION_TAKEN_OVER || ended->reason < kFirstFailure))
      handlers_.taken_over(ended->reason == mqtt::SESSION_TAKEN_OVER);
    down(is_up_ ? LinkFailure::lost : LinkFailure::unreachable,
         ended->reason >= kFirstFailure ? reason_text(ended->reason) : kConnectionLost);
  } else {
    lost();
  }
}

void MqttConnection::connected(const Agreed& agreed) {
  patience_.cancel();
  answer_.reset();
  max_packet_bytes_ = agreed.max_packet_bytes;
  socket_ = claim_socket({address(), settings_.port});
  set_no_delay(socket_);
  make_room(socket_);
  is_up_ = true;
  handlers_.up(agreed);
}

void MqttConnection::refused(const Refused& refusal) {
  if (refusal.code >= kFirstFailure) {
    down(failure_of(refusal.code), reason_text(refusal.code));
    return;
  }
  if (--tries_left_ > 0) {
    ++next_address_;
    try_next();
    return;
  }
  look_for_reason();
}

/// Paho doesn't say why it couldn't connect.
void MqttConnection::look_for_reason() {
  drop_client();
  be_patient();
  std::thread([addresses = addresses_, settings = settings_, mailbox = mailbox_, weak = weak_from_this()] {
    mailbox->post([weak, reason = why_unreachable(addresses, settings)] {
      if (const auto self = weak.lock()) self->down(LinkFailure::unreachable, reason);
    });
  }).detach();
}

void MqttConnection::lost() {
  // Paho ends a connection by itself where a ping isn't answered.
  const bool is_by_paho = tcp_state(socket_.get()) == TcpState::ended_here;
  if (is_up_ && !is_by_paho) handlers_.taken_over(false);
  down(is_up_ ? LinkFailure::lost : LinkFailure::unreachable,
       is_by_paho ? "no answer to a ping" : kConnectionLost);
}

/// As long as Paho has something to do that it may sleep over.
void MqttConnection::keep_ringing() {
  if (std::exchange(is_ringing_, true)) return;
  ringing_.expires_after(is_up_ ? kRingWhileWriting : kRingWhileConnecting);
  ringing_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self || error || self->is_over_) return;
    self->is_ringing_ = false;
    if (self->client_ == nullptr) return;
    const bool is_busy = !self->is_up_ || !self->pacer_->is_idle();
    if (!std::exchange(self->must_ring_, false) && !is_busy) return;
    self->bell_.ring();
    self->pacer_->look_again();
    self->keep_ringing();
  });
}

void MqttConnection::publish(const std::string& topic, std::string_view payload) {
  if (!is_up_ || is_over_) return;
  if (max_packet_bytes_ != 0 && packet_bytes(topic, payload.size()) > max_packet_bytes_) return;
  pacer_->publish(mqtt::message::create(topic, payload.data(), payload.size(), 0, false));
  keep_ringing();
}

void MqttConnection::subscribe(const std::string& filter) {
  if (!is_up_ || is_over_) return;
  try {
    client_->subscribe(filter, 0);
  } catch (const mqtt::exception&) {  // NOLINT(bugprone-empty-catch): not connected any more
  }
  must_ring_ = true;
  keep_ringing();
}

void MqttConnection::unsubscribe(const std::string& filter) {
  if (!is_up_ || is_over_) return;
  try {
    client_->unsubscribe(filter);
  } catch (const mqtt::exception&) {  // NOLINT(bugprone-empty-catch): not connected any more
  }
  must_ring_ = true;
  keep_ringing();
}

LinkTraffic MqttConnection::traffic() const { return socket_ ? tcp_traffic(socket_.get()) : LinkTraffic{}; }

void MqttConnection::end() { close(); }

void MqttConnection::end_with(const std::string& topic, std::string_view last_payload,
                              std::chrono::milliseconds patience) {
  if (is_up_ && !is_over_) {
    handover_->close();
    const auto until = std::chrono::steady_clock::now() + patience;
    try {
      // What was published before goes first.
      while (!pacer_->is_idle() && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(kRingWhileWriting);
        bell_.ring();
        pacer_->look_again();
      }
      const auto token =
          client_->publish(topic, last_payload.data(), last_payload.size(), settings_.will_qos, true);
      while (!token->wait_for(kRingWhileWriting) && std::chrono::steady_clock::now() < until) bell_.ring();
    } catch (const mqtt::exception&) {  // NOLINT(bugprone-empty-catch): the will says the same
    }
  }
  close();
}

void MqttConnection::down(LinkFailure failure, const std::string& detail) {
  if (is_over_) return;
  close();
  handlers_.down(failure, detail);
}

/// Disconnects, if it is connected. Afterwards Paho knows nothing of it any more, and its threads tell
/// nothing.
void MqttConnection::drop_client() {
  if (handover_) handover_->close();
  if (pacer_) pacer_->close();
  client_.reset();
  answer_.reset();
}

void MqttConnection::close() {
  is_over_ = true;
  patience_.cancel();
  ringing_.cancel();
  drop_client();
  socket_ = Socket();
}

}  // namespace rollcall
