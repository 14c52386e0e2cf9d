// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/mqtt_connection.hpp"

#include <cerrno>
#include <cstring>
#include <new>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bridge/adapters/mqtt/tcp_traffic.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

constexpr auto kConnectWithin = 5s;
constexpr auto kUpkeepEvery = 1s;  // pings, and whether they are answered
constexpr std::uint32_t kSessionSeconds = 24 * 3600;
/// Then others get their turn.
constexpr int kMaxPacketsPerTurn = 100;

int length_of(std::string_view bytes) { return static_cast<int>(bytes.size()); }

std::string text_of(int result, int error_number) {
  if (result == MOSQ_ERR_KEEPALIVE) return "no answer to a ping";  // of which the library knows no words
  return result == MOSQ_ERR_ERRNO ? std::strerror(error_number) : mosquitto_strerror(result);
}

std::shared_ptr<mosquitto> new_handle(const MqttLinkSettings& settings, void* owner) {
  static const int once = mosquitto_lib_init();
  static_cast<void>(once);
  std::shared_ptr<mosquitto> handle(mosquitto_new(settings.client_id.c_str(), false, owner),
                                    mosquitto_destroy);
  if (!handle) throw std::bad_alloc();
  mosquitto_int_option(handle.get(), MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
  mosquitto_int_option(handle.get(), MOSQ_OPT_TCP_NODELAY, 1);
  mosquitto_username_pw_set(handle.get(), settings.username.c_str(),
                            settings.password.empty() ? nullptr : settings.password.c_str());
  mosquitto_will_set_v5(handle.get(), settings.will_topic.c_str(), length_of(settings.will_payload),
                        settings.will_payload.data(), settings.will_qos, true, nullptr);
  return handle;
}

/// Looks up the name, connects and sends CONNECT: may take minutes.
int attempt(mosquitto* handle, const std::string& host, int port, std::chrono::seconds keepalive) {
  mosquitto_property* properties = nullptr;
  int result = mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, kSessionSeconds);
  if (result == MOSQ_ERR_SUCCESS) {
    result = mosquitto_connect_bind_v5(handle, host.c_str(), port, static_cast<int>(keepalive.count()),
                                       nullptr, properties);
  }
  mosquitto_property_free_all(&properties);
  return result;
}

/// Of a CONNACK that says no.
LinkFailure failure_of(int reason) {
  switch (reason) {
    case MQTT_RC_CLIENTID_NOT_VALID:
    case MQTT_RC_BAD_USERNAME_OR_PASSWORD:
    case MQTT_RC_NOT_AUTHORIZED:
      return LinkFailure::login_refused;
    case MQTT_RC_RETAIN_NOT_SUPPORTED:
      return LinkFailure::retain_refused;
    case MQTT_RC_QOS_NOT_SUPPORTED:
      return LinkFailure::qos_refused;
    default:
      return LinkFailure::unreachable;
  }
}

bool has_unread(int socket) {
  int bytes = 0;
  return ::ioctl(socket, FIONREAD, &bytes) == 0 && bytes > 0;
}

}  // namespace

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
}

void Mailbox::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (io_ != nullptr) boost::asio::post(*io_, std::move(work));
}

MqttConnection::MqttConnection(boost::asio::io_context& io, std::shared_ptr<Mailbox> mailbox,
                               MqttLinkSettings settings, std::chrono::seconds keepalive, Handlers handlers)
    : io_(io),
      mailbox_(std::move(mailbox)),
      settings_(std::move(settings)),
      keepalive_(keepalive),
      handlers_(std::move(handlers)),
      owner_(new_handle(settings_, this)),
      handle_(owner_.get()),
      socket_(io),
      patience_(io),
      upkeep_(io) {
  mosquitto_connect_v5_callback_set(handle_, &MqttConnection::on_connect);
  mosquitto_message_callback_set(handle_, &MqttConnection::on_message);
  mosquitto_disconnect_callback_set(handle_, &MqttConnection::on_disconnect);
  mosquitto_publish_callback_set(handle_, &MqttConnection::on_publish);
}

MqttConnection::~MqttConnection() = default;

void MqttConnection::start() {
  patience_.expires_after(kConnectWithin);
  patience_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    if (const auto self = weak.lock(); self && !error) self->down(LinkFailure::unreachable, "no answer");
  });
  // It may outlive the connection, and the io_context.
  std::thread([handle = owner_, host = settings_.host, port = settings_.port, keepalive = keepalive_,
               mailbox = mailbox_, weak = weak_from_this()] {
    const int result = attempt(handle.get(), host, port, keepalive);
    const int error_number = errno;
    mailbox->post([weak, result, error_number] {
      if (const auto self = weak.lock()) self->attempted(result, error_number);
    });
  }).detach();
}

void MqttConnection::attempted(int result, int error_number) {
  if (is_over_) return;
  if (result != MOSQ_ERR_SUCCESS) {
    down(LinkFailure::unreachable, text_of(result, error_number));
    return;
  }
  socket_.assign(::dup(mosquitto_socket(handle_)));
  wait_readable();
  look_after();
}

void MqttConnection::wait_readable() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [weak = weak_from_this()](const boost::system::error_code& error) {
                       if (const auto self = weak.lock(); self && !error && !self->is_over_) self->read();
                     });
}

void MqttConnection::read() {
  for (int packets = 0; packets < kMaxPacketsPerTurn; ++packets) {
    is_reading_ = true;
    const int result = mosquitto_loop_read(handle_, 1);
    const int error_number = errno;
    is_reading_ = false;
    if (is_broken(result, error_number)) return;
    if (const auto agreed = std::exchange(agreed_, std::nullopt)) {
      patience_.cancel();
      is_up_ = true;
      handlers_.up(*agreed);
    }
    write_rest();  // what the handlers of the message have published
    if (is_over_) return;
    if (!has_unread(socket_.native_handle())) break;
  }
  wait_readable();
  handlers_.idle();
}

/// What the library didn't write at once: because it was called by a handler of its own, or because the
/// network takes no more.
void MqttConnection::write_rest() {
  if (is_reading_ || waits_to_write_ || is_over_ || !mosquitto_want_write(handle_)) return;
  write();
  if (is_over_ || !mosquitto_want_write(handle_)) return;
  waits_to_write_ = true;
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                     [weak = weak_from_this()](const boost::system::error_code& error) {
                       const auto self = weak.lock();
                       if (!self || error || self->is_over_) return;
                       self->waits_to_write_ = false;
                       self->write_rest();
                     });
}

void MqttConnection::write() {
  const int result = mosquitto_loop_write(handle_, 1);
  const int error_number = errno;
  if (result == MOSQ_ERR_SUCCESS && mosquitto_socket(handle_) >= 0) return;
  boost::asio::post(io_, [weak = weak_from_this(), result, error_number] {
    if (const auto self = weak.lock()) self->is_broken(result, error_number);
  });
}

void MqttConnection::look_after() {
  upkeep_.expires_after(kUpkeepEvery);
  upkeep_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self || error || self->is_over_) return;
    const int result = mosquitto_loop_misc(self->handle_);
    if (self->is_broken(result, errno)) return;
    self->write_rest();
    self->look_after();
  });
}

/// True if the connection is over, which its owner has been told then.
bool MqttConnection::is_broken(int result, int error_number) {
  if (is_over_) return true;
  if (refusal_) {
    down(failure_of(*refusal_), mosquitto_reason_string(*refusal_));
    return true;
  }
  if (result == MOSQ_ERR_SUCCESS && mosquitto_socket(handle_) >= 0) return false;
  constexpr int kFirstReason = 0x80;
  const int broken = result == MOSQ_ERR_SUCCESS ? static_cast<int>(MOSQ_ERR_CONN_LOST) : result;
  down(is_up_ ? LinkFailure::lost : LinkFailure::unreachable,
       disconnect_reason_.value_or(0) >= kFirstReason ? mosquitto_reason_string(*disconnect_reason_)
                                                      : text_of(broken, error_number));
  return true;
}

void MqttConnection::on_connect(mosquitto*, void* self, int code, int, const mqtt5__property* properties) {
  auto& connection = *static_cast<MqttConnection*>(self);
  if (code != 0) {
    connection.refusal_ = code;
    return;
  }
  Agreed agreed;
  std::uint32_t bytes = 0;
  if (mosquitto_property_read_int32(properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, &bytes, false) != nullptr)
    agreed.max_packet_bytes = bytes;
  std::uint16_t seconds = 0;
  if (mosquitto_property_read_int16(properties, MQTT_PROP_SERVER_KEEP_ALIVE, &seconds, false) != nullptr)
    agreed.keepalive = std::chrono::seconds{seconds};
  connection.agreed_ = agreed;
}

void MqttConnection::on_message(mosquitto*, void* self, const mosquitto_message* message) {
  auto& connection = *static_cast<MqttConnection*>(self);
  if (!connection.is_up_ || connection.is_over_) return;
  connection.handlers_.message(
      message->topic,
      {static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen)},
      message->retain);
}

void MqttConnection::on_disconnect(mosquitto*, void* self, int code) {
  static_cast<MqttConnection*>(self)->disconnect_reason_ = code;
}

void MqttConnection::on_publish(mosquitto*, void* self, int packet) {
  auto& connection = *static_cast<MqttConnection*>(self);
  if (packet == connection.last_packet_) connection.is_last_acknowledged_ = true;
}

void MqttConnection::publish(const std::string& topic, std::string_view payload) {
  if (!is_up_ || is_over_) return;
  mosquitto_publish(handle_, nullptr, topic.c_str(), length_of(payload), payload.data(), 0, false);
  write_rest();
}

void MqttConnection::subscribe(const std::string& filter) {
  if (!is_up_ || is_over_) return;
  mosquitto_subscribe(handle_, nullptr, filter.c_str(), 0);
  write_rest();
}

void MqttConnection::unsubscribe(const std::string& filter) {
  if (!is_up_ || is_over_) return;
  mosquitto_unsubscribe(handle_, nullptr, filter.c_str());
  write_rest();
}

LinkTraffic MqttConnection::traffic() const {
  return is_up_ && !is_over_ ? tcp_traffic(mosquitto_socket(handle_)) : LinkTraffic{};
}

void MqttConnection::end() {
  if (is_up_ && !is_over_) mosquitto_disconnect(handle_);
  close();
}

void MqttConnection::end_with(const std::string& topic, std::string_view last_payload,
                              std::chrono::milliseconds patience) {
  if (!is_up_ || is_over_) {
    close();
    return;
  }
  close();
  const auto until = std::chrono::steady_clock::now() + patience;
  int result = mosquitto_publish(handle_, &last_packet_, topic.c_str(), length_of(last_payload),
                                 last_payload.data(), 1, true);
  while (result == MOSQ_ERR_SUCCESS && !is_last_acknowledged_) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    pollfd socket{mosquitto_socket(handle_),
                  static_cast<short>(mosquitto_want_write(handle_) ? POLLIN | POLLOUT : POLLIN), 0};
    if (::poll(&socket, 1, static_cast<int>(left.count())) <= 0) break;
    if ((socket.revents & POLLOUT) != 0) result = mosquitto_loop_write(handle_, 1);
    if (result == MOSQ_ERR_SUCCESS) result = mosquitto_loop_read(handle_, 1);
  }
  mosquitto_disconnect(handle_);
}

void MqttConnection::down(LinkFailure failure, const std::string& detail) {
  if (is_over_) return;
  close();
  handlers_.down(failure, detail);
}

void MqttConnection::close() {
  is_over_ = true;
  patience_.cancel();
  upkeep_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace rollcall
