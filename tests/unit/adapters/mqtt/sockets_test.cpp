// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/sockets.hpp"

#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "bridge/adapters/mqtt/tcp_info.hpp"

namespace rollcall {
namespace {

using boost::asio::ip::tcp;

/// A listener on loopback, and connections to it from this very process.
struct SocketsFixture {
  SocketsFixture() : listener(io, {boost::asio::ip::address_v4::loopback(), 0}) {}

  Socket claim() const { return claim_socket(listener.local_endpoint()); }

  tcp::socket connect() {
    tcp::socket client(io);
    client.connect(listener.local_endpoint());
    accepted.push_back(listener.accept());
    return client;
  }

  static bool has_no_delay(const tcp::socket& socket) {
    tcp::no_delay option;
    socket.get_option(option);
    return option.value();
  }

  boost::asio::io_context io;
  tcp::acceptor listener;
  std::vector<tcp::socket> accepted;
};

BOOST_FIXTURE_TEST_SUITE(sockets_suite, SocketsFixture)

BOOST_AUTO_TEST_CASE(a_connection_is_found_by_where_it_goes) {
  const auto client = connect();
  BOOST_TEST(!has_no_delay(client));
  const auto found = claim();
  BOOST_TEST(static_cast<bool>(found));
  set_no_delay(found);
  BOOST_TEST(has_no_delay(client));
  BOOST_TEST(!has_no_delay(accepted[0]));
}

BOOST_AUTO_TEST_CASE(several_to_one_place_are_claimed_once_each) {
  const auto one = connect(), other = connect();
  const auto first = claim(), second = claim();
  set_no_delay(first);
  set_no_delay(second);
  BOOST_TEST(has_no_delay(one));
  BOOST_TEST(has_no_delay(other));
  BOOST_TEST(!claim());
}

BOOST_AUTO_TEST_CASE(one_that_has_ended_isnt_found) {
  auto client = connect();
  client.shutdown(tcp::socket::shutdown_send);
  BOOST_TEST(!claim());
}

BOOST_AUTO_TEST_CASE(one_to_another_place_isnt_found) {
  const auto client = connect();
  const auto port = listener.local_endpoint().port();
  BOOST_TEST(!claim_socket({listener.local_endpoint().address(), static_cast<std::uint16_t>(port + 1)}));
  BOOST_TEST(!claim_socket({boost::asio::ip::make_address("192.0.2.1"), port}));
}

BOOST_AUTO_TEST_CASE(what_a_connection_moves_is_counted_and_who_ended_it_is_seen) {
  auto client = connect();
  auto found = claim();
  client.send(boost::asio::buffer("12345", 5));
  char received[5];
  accepted[0].receive(boost::asio::buffer(received));
  accepted[0].send(boost::asio::buffer("123", 3));
  client.receive(boost::asio::buffer(received));
  BOOST_TEST(tcp_traffic(found.get()).received == 3U);
  BOOST_TEST((tcp_state(found.get()) == TcpState::established));
  client.shutdown(tcp::socket::shutdown_send);
  BOOST_TEST((tcp_state(found.get()) == TcpState::ended_here));
  accepted[0].close();
  boost::system::error_code end;
  client.receive(boost::asio::buffer(received), 0, end);
  BOOST_TEST((tcp_state(found.get()) == TcpState::other));
}

BOOST_AUTO_TEST_CASE(there_is_room_while_little_is_under_way) {
  constexpr std::size_t kMuch = 1UL << 30;
  auto client = connect();
  client.set_option(tcp::socket::send_buffer_size(1 << 16));
  client.non_blocking(true);
  const auto found = claim();
  BOOST_TEST(has_room(found, kMuch));  // it is all that there is
  make_room(found);
  tcp::socket::send_buffer_size room;
  client.get_option(room);
  BOOST_TEST(room.value() > 1 << 17);
  const std::string bytes(1UL << 16, 'x');
  boost::system::error_code full;
  while (!full) client.write_some(boost::asio::buffer(bytes), full);
  BOOST_TEST(!has_room(found, 1));
  BOOST_TEST(has_room(Socket(), kMuch));
}

BOOST_AUTO_TEST_CASE(a_socket_of_this_process_is_known_by_its_end) {
  const auto client = connect();
  BOOST_TEST(is_own_socket(client.local_endpoint()));
  BOOST_TEST(!is_own_socket({boost::asio::ip::make_address("127.0.0.99"), 1}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
