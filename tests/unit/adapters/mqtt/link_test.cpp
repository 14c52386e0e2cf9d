// SPDX-License-Identifier: Apache-2.0
// With Paho and all of its threads, against a broker of a few lines.
#include "bridge/adapters/mqtt/link.hpp"

#include <array>
#include <chrono>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include "bridge/adapters/mqtt/bell.hpp"

namespace rollcall {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::string_literals;

/// Lets everybody in, with a largest packet of 4096 bytes; has a message for who subscribes.
class FakeBroker {
 public:
  explicit FakeBroker(asio::io_context& io)
      : listener_(io, {asio::ip::address_v4::loopback(), 0}), socket_(io) {
    listener_.async_accept(socket_, [this](const boost::system::error_code& error) {
      if (!error) read();
    });
  }

  std::uint16_t port() const { return listener_.local_endpoint().port(); }

  std::function<void(const std::string& packet)> published;
  void send(const std::string& bytes) { asio::write(socket_, asio::buffer(bytes)); }

 private:
  void read() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [this](const boost::system::error_code& error, std::size_t size) {
                              if (error) return;
                              received_.append(buffer_.data(), size);
                              constexpr std::size_t kHeader = 2;  // all packets here are short
                              while (received_.size() >= kHeader) {
                                const auto length = kHeader + static_cast<unsigned char>(received_[1]);
                                if (received_.size() < length) break;
                                answer(received_.substr(0, length));
                                received_.erase(0, length);
                              }
                              read();
                            });
  }

  void answer(const std::string& packet) {
    switch (static_cast<unsigned char>(packet[0]) >> 4) {
      case 1:  // CONNECT
        send("\x20\x08\x00\x00\x05\x27\x00\x00\x10\x00"s);
        break;
      case 3:
        published(packet);
        break;
      case 8:  // SUBSCRIBE
        send("\x90\x04"s + packet.substr(2, 2) + "\x00\x00"s + "\x30\x06\x00\x01s\x00hi"s);
        break;
      default:
        break;
    }
  }

  tcp::acceptor listener_;
  tcp::socket socket_;
  std::array<char, 4096> buffer_{};
  std::string received_;
};

struct LinkFixture {
  LinkFixture() {
    settings.host = "127.0.0.1";
    settings.port = broker.port();
    settings.client_id = settings.username = "bridge";
    settings.stream_topic = "s";
    settings.will_topic = "w";
    settings.will_payload = "gone";
    events.up = [](std::size_t) {};
    events.down = [](LinkFailure, const std::string&, Millis) {};
    events.limited = [](const std::string&) {};
    events.message = [](std::string_view) {};
    events.retained = [](std::string_view, std::string_view) {};
    events.idle = [] {};
    broker.published = [](const std::string&) {};
  }

  /// Until `is_done`, for a while at most.
  void run_until(const bool& is_done) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!is_done && std::chrono::steady_clock::now() < until)
      io.run_one_for(std::chrono::milliseconds{100});
    BOOST_TEST(is_done);
  }

  asio::io_context io;
  FakeBroker broker{io};
  Bell bell{io};
  MqttLinkSettings settings;
  MqttLink::Events events;
};

BOOST_FIXTURE_TEST_SUITE(mqtt_link_suite, LinkFixture)

BOOST_AUTO_TEST_CASE(it_comes_up_hears_says_and_is_told_why_it_ends) {
  std::size_t max_packet_bytes = 0;
  std::string heard, said, end;
  bool is_over = false;
  MqttLink* it = nullptr;
  events.up = [&](std::size_t bytes) { max_packet_bytes = bytes; };
  events.message = [&](std::string_view bytes) {
    heard = bytes;
    it->publish("t", std::string(4096, 'x'));  // too large
    it->publish("t", "yes");
  };
  broker.published = [&](const std::string& packet) {
    said = packet;
    broker.send("\xE0\x02\x98\x00"s);
  };
  events.down = [&](LinkFailure failure, const std::string& detail, Millis) {
    BOOST_TEST((failure == LinkFailure::lost));
    end = detail;
    is_over = true;
  };
  MqttLink link(io, bell, settings, events);
  it = &link;
  link.start();
  run_until(is_over);
  BOOST_TEST(max_packet_bytes == 4096U);
  BOOST_TEST(heard == "hi");
  BOOST_TEST(said == "\x30\x07\x00\x01t\x00yes"s);
  BOOST_TEST(end == "Administrative action");
}

BOOST_AUTO_TEST_CASE(many_messages_go_out_in_order) {
  constexpr int kCount = 5000;
  int next = 0;
  bool is_in_order = true, is_all = false;
  MqttLink* it = nullptr;
  events.up = [&](std::size_t) {
    for (int number = 0; number < kCount; ++number) it->publish("t", std::to_string(number));
  };
  broker.published = [&](const std::string& packet) {
    constexpr std::size_t kPayload = 6;
    is_in_order = is_in_order && packet.substr(kPayload) == std::to_string(next);
    is_all = ++next == kCount;
  };
  MqttLink link(io, bell, settings, events);
  it = &link;
  link.start();
  run_until(is_all);
  BOOST_TEST(is_in_order);
}

BOOST_AUTO_TEST_CASE(it_may_go_at_any_time) {
  bool is_up = false;
  events.up = [&](std::size_t) { is_up = true; };
  {
    MqttLink link(io, bell, settings, events);
    link.start();
  }
  FakeBroker other(io);
  other.published = [](const std::string&) {};
  settings.port = other.port();
  MqttLink link(io, bell, settings, events);
  link.start();
  run_until(is_up);
  link.publish("t", "on its way");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
