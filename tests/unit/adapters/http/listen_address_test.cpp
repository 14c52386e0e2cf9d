// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/listen_address.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;

BOOST_AUTO_TEST_SUITE(listen_address)

BOOST_AUTO_TEST_CASE(host_and_port_are_told_apart) {
  BOOST_TEST(parse_listen_address("127.0.0.1:8080").value().host == "127.0.0.1");
  BOOST_TEST(parse_listen_address("127.0.0.1:8080").value().port == "8080");
  BOOST_TEST(parse_listen_address("[::1]:0").value().host == "::1");
  BOOST_TEST(parse_listen_address("localhost:80").value().host == "localhost");
  for (const auto* wrong :
       {"", "x", ":80", "x:", "x:y", "::1:80", "[::1]", "[x]:80", "x:65536", "x:-1", "[]:80", "x:8O"}) {
    BOOST_TEST(!parse_listen_address(wrong), wrong);
  }
}

BOOST_AUTO_TEST_CASE(a_socket_says_where_it_listens) {
  const auto socket = listen_on_tcp("localhost:0");
  BOOST_TEST_REQUIRE(socket.has_value());
  const auto address = local_address(socket->get());
  BOOST_TEST(parse_listen_address(address).has_value());
  BOOST_TEST(listen_on_tcp(address).error().message ==
             "can't listen on " + address + ": Address already in use");
  BOOST_TEST(listen_on_tcp("192.0.2.1:80").error().message.find("can't listen on 192.0.2.1:80: ") == 0U);
  BOOST_TEST(listen_on_unix("/tmp/" + std::string(200, 'x')).error().message.find("too long a path") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
