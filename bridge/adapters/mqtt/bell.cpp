// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/bell.hpp"

#include <cstdlib>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <mqtt/async_client.h>

#include "bridge/adapters/mqtt/sockets.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr auto kRingEvery = 500ms;  // half of what the receiver waits
// MQTT 3.1.1's CONNACK (accepted) and PINGRESP.
constexpr std::array<unsigned char, 4> kWelcome{0x20, 0x02, 0x00, 0x00};
constexpr std::array<unsigned char, 2> kRing{0xD0, 0x00};
constexpr int kMaxWaiting = 1000;

}  // namespace

Bell::Bell(asio::io_context& io) : acceptor_(io), socket_(io), timer_(io) {
  // Paho takes its proxies from these, for 127.0.0.1 too, and knows no "no_proxy".
  ::unsetenv("http_proxy");
  ::unsetenv("https_proxy");
  boost::system::error_code error;
  const asio::ip::tcp::endpoint loopback(asio::ip::address_v4::loopback(), 0);
  acceptor_.open(loopback.protocol(), error);
  if (!error) acceptor_.bind(loopback, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return;
  accept();
  try {
    client_ = new mqtt::async_client("mqtt://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()),
                                     "bell", mqtt::create_options(MQTTVERSION_3_1_1, kMaxWaiting));
    client_->connect(mqtt::connect_options_builder()
                         .mqtt_version(MQTTVERSION_3_1_1)
                         .keep_alive_interval(0s)
                         .clean_session()
                         .finalize());
  } catch (const mqtt::exception&) {
    acceptor_.close(error);
  }
}

Bell::~Bell() = default;

void Bell::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, asio::ip::tcp::socket accepted) {
    if (error) return;
    boost::system::error_code gone;
    const auto visitor = accepted.remote_endpoint(gone);
    if (gone || !is_own_socket(visitor)) {  // somebody else's
      accept();
      return;
    }
    socket_ = std::move(accepted);
    socket_.non_blocking(true, gone);
    socket_.set_option(asio::ip::tcp::no_delay(true), gone);
    acceptor_.close(gone);
    // Before CONNECT comes: the receiver doesn't see that it is connected until something does.
    socket_.write_some(asio::buffer(kWelcome), gone);
    discard();
    keep_ringing();
  });
}

void Bell::discard() {
  socket_.async_read_some(asio::buffer(discarded_),
                          [this](const boost::system::error_code& error, std::size_t) {
                            if (!error) discard();
                          });
}

void Bell::keep_ringing() {
  timer_.expires_after(kRingEvery);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    ring_receiver();
    keep_ringing();
  });
}

void Bell::ring_receiver() {
  if (!socket_.is_open()) return;
  boost::system::error_code full;  // then it has rings enough
  socket_.write_some(asio::buffer(kRing), full);
}

void Bell::ring() {
  ring_receiver();
  if (client_ == nullptr) return;
  try {
    client_->publish("bell", "", 0, 0, false);
  } catch (const mqtt::exception&) {  // NOLINT(bugprone-empty-catch): not connected yet
  }
}

}  // namespace rollcall
