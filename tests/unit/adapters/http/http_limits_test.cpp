// SPDX-License-Identifier: Apache-2.0
// What strangers send, and how much of it.
#include <atomic>
#include <csignal>
#include <fstream>

#include <sys/resource.h>

#include "tests/unit/adapters/http/serving.hpp"

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

/// Sends it and returns all that comes back until the server ends the connection.
std::string answer_to(const std::string& address, const std::string& bytes) {
  Wire wire(address);
  wire.send(bytes);
  return wire.read_all();
}

std::string header_of(std::size_t size) {
  return "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(size, 'x');
}

const std::string kGood = "GET /good HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http_limits, Serving)

BOOST_AUTO_TEST_CASE(what_is_no_request_gets_a_400_and_the_end) {
  serve();
  using namespace std::string_literals;
  for (const auto& bytes : {
           "nonsense\r\n\r\n"s,
           "GET\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost x\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost : x\r\n\r\n"s,
           "GET / HTTP/1.1\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"s,
           "GET / HTTP/2.0\r\nHost: x\r\n\r\n"s,
           "GET / HTTP/1.1\nHost: x\n\n"s,
           "GET x HTTP/1.1\r\nHost: x\r\n\r\n"s,
           "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"s,
           "GET http:// HTTP/1.1\r\nHost: x\r\n\r\n"s,
           "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n"s,
           "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"s,
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"s,
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\nx"s,
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\nx"s,
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nx"s,
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"s,
           "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"s,
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n"s,
       }) {
    const auto answer = answer_to(address, bytes);
    BOOST_TEST(answer.substr(0, 13) == "HTTP/1.1 400 ", bytes << " got " << answer);
    BOOST_TEST(has(answer, "Content-Type: application/problem+json\r\n"));
    BOOST_TEST(has(answer, "Connection: close\r\n"));
  }
  Wire wire(address);
  wire.send(kGood);
  BOOST_TEST(wire.read_reply().status == 200);
}

BOOST_AUTO_TEST_CASE(a_coding_or_an_expectation_that_is_unknown_is_refused) {
  serve();
  for (const std::string coding : {"gzip", "gzip, chunked", "identity", "xchunked"}) {
    const auto answer = answer_to(
        address, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + coding + "\r\n\r\n0\r\n\r\n");
    BOOST_TEST(answer.substr(0, 12) == "HTTP/1.1 501", coding << " got " << answer);
  }
  const auto answer = answer_to(address, "POST / HTTP/1.1\r\nHost: x\r\nExpect: all\r\n\r\n");
  BOOST_TEST(answer.substr(0, 12) == "HTTP/1.1 417");
}

BOOST_AUTO_TEST_CASE(a_header_may_be_as_large_as_the_limit_and_no_larger) {
  settings.max_header_bytes = 1000;
  serve();
  BOOST_TEST(has(answer_to(address, header_of(900) + "\r\nConnection: close\r\n\r\n"), "HTTP/1.1 200"));
  BOOST_TEST(has(answer_to(address, header_of(1000) + "\r\n\r\n"), "HTTP/1.1 431"));
  BOOST_TEST(has(answer_to(address, header_of(1000)), "HTTP/1.1 431"));  // it needn't come to its end
  BOOST_TEST(has(answer_to(address, "GET /" + std::string(2000, 'x')), "HTTP/1.1 431"));
  BOOST_TEST(has(answer_to(address, header_of(500) + "\r\nY: " + std::string(600, 'y')), "HTTP/1.1 431"));
  std::string many = "GET /" + std::string(900, 'x') + " HTTP/1.1\r\nHost: x\r\nX: " + std::string(900, 'x');
  BOOST_TEST(has(answer_to(address, many + "\r\n\r\n"), "HTTP/1.1 431"));
}

BOOST_AUTO_TEST_CASE(a_body_may_be_as_large_as_the_limit_and_no_larger) {
  settings.max_body_bytes = 10;
  settings.max_header_bytes = 1000;
  serve();
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
  const auto with_length = [&](int size) {
    return answer_to(address, post + "Content-Length: " + std::to_string(size) + "\r\n\r\n" +
                                  std::string(static_cast<std::size_t>(size), 'x'));
  };
  BOOST_TEST(has(with_length(10), "HTTP/1.1 200"));
  BOOST_TEST(has(with_length(11), "HTTP/1.1 413"));
  BOOST_TEST(has(with_length(500'000), "HTTP/1.1 413"));  // though all of it is sent
  BOOST_TEST(has(answer_to(address, post + "Content-Length: 99999999999999999999999\r\n\r\n"), "HTTP/1.1 4"));
  const auto chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  BOOST_TEST(has(answer_to(address, chunked + "6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n"), "HTTP/1.1 413"));
  BOOST_TEST(has(answer_to(address, chunked + "ffffffffffffffff\r\n"), "HTTP/1.1 413"));
  BOOST_TEST(has(answer_to(address, chunked + "1;" + std::string(20'000, 'x')), "HTTP/1.1 431"));
  BOOST_TEST(has(answer_to(address, chunked + "0\r\nX: " + std::string(20'000, 'x')), "HTTP/1.1 431"));
  BOOST_TEST(
      has(answer_to(address, post + "Expect: 100-continue\r\nContent-Length: 11\r\n\r\n"), "HTTP/1.1 413"));
}

BOOST_AUTO_TEST_CASE(fields_behind_a_chunked_body_are_no_headers) {
  handler = [](const HttpRequest& request, const HttpAnswer& answer) {
    answer(plain("[" + std::string(request.header("authorization")) + "]"));
  };
  serve();
  Wire wire(address);
  wire.send(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: Bearer x\r\n\r\n");
  BOOST_TEST(wire.read_reply().body == "[]");
}

BOOST_AUTO_TEST_CASE(a_whole_address_is_taken_for_its_path) {
  handler = [](const HttpRequest& request, const HttpAnswer& answer) {
    answer(plain(std::string(request.header("host")) + " " + request.target));
  };
  serve();
  Wire wire(address);
  wire.send(
      "GET http://there:80/path?q HTTP/1.1\r\nHost: here\r\n\r\nGET HTTP://there HTTP/1.1\r\nHost: "
      "x\r\n\r\n");
  BOOST_TEST(wire.read_reply().body == "there:80 /path?q");
  BOOST_TEST(wire.read_reply().body == "there /");
}

BOOST_AUTO_TEST_CASE(headers_of_one_name_are_joined_and_unknown_methods_passed_on) {
  handler = [](const HttpRequest& request, const HttpAnswer& answer) {
    answer(plain(request.method + " " + std::string(request.header("x-a"))));
  };
  serve();
  Wire wire(address);
  wire.send("BREW / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\n\r\n");
  BOOST_TEST(wire.read_reply().body == "BREW 1, 2");
}

BOOST_AUTO_TEST_CASE(who_takes_too_long_gets_a_408_and_who_says_nothing_just_the_end) {
  settings.request_timeout = 40ms;
  settings.idle_timeout = 40ms;
  serve();
  for (const std::string half : {"GET / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"}) {
    const auto answer = answer_to(address, half);
    BOOST_TEST(answer.substr(0, 12) == "HTTP/1.1 408");
  }
  BOOST_TEST(answer_to(address, "") == "");
  BOOST_TEST(answer_to(address, "\r\n\r\n") == "");
  Wire kept(address);  // closed as well, after its answer
  kept.send(kGood);
  BOOST_TEST(kept.read_reply().status == 200);
  BOOST_TEST(kept.read_all() == "");
}

BOOST_AUTO_TEST_CASE(who_sends_a_byte_now_and_then_is_slow_all_the_same) {
  settings.request_timeout = 100ms;
  settings.max_header_bytes = 1'000'000'000;
  serve();
  Wire wire(address);
  wire.send("GET /");
  while (!wire.has_reply() && wire.send("x")) {
  }
  BOOST_TEST(wire.read_reply().status == 408);
}

BOOST_AUTO_TEST_CASE(the_oldest_idle_one_goes_when_a_newcomer_needs_its_place) {
  settings.max_connections = 2;
  serve();
  Wire oldest(address);
  oldest.send(kGood);
  BOOST_TEST(oldest.read_reply().status == 200);
  Wire second(address);
  second.send(kGood);
  BOOST_TEST(second.read_reply().status == 200);
  Wire third(address);
  third.send(kGood);
  BOOST_TEST(third.read_reply().status == 200);
  BOOST_TEST(oldest.read_all() == "");
  second.send(kGood);
  BOOST_TEST(second.read_reply().status == 200);
}

BOOST_AUTO_TEST_CASE(beyond_the_limit_of_busy_ones_there_is_a_503_but_not_by_the_unix_socket) {
  settings.max_connections = 2;
  settings.socket_path = folder + "/socket";
  Arrivals<HttpAnswer> asked;
  handler = [&](const HttpRequest& request, HttpAnswer answer) {
    if (request.target == "/busy") return asked.put(std::move(answer));
    answer(plain("fine"));
  };
  serve();
  const std::string busy = "GET /busy HTTP/1.1\r\nHost: x\r\n\r\n";
  Wire first(address);
  Wire second(address);
  first.send(busy);
  second.send(busy);
  const auto one = asked.take();
  const auto other = asked.take();
  Wire third(address);
  third.send(kGood);
  const auto reply = third.read_reply();
  BOOST_TEST(reply.status == 503);
  BOOST_TEST(reply.header("retry-after") == "5");
  BOOST_TEST(third.read_all() == "");
  Wire operator_here(settings.socket_path);
  operator_here.send(kGood);
  BOOST_TEST(operator_here.read_reply().status == 200);
  one(plain("x"));
  BOOST_TEST(first.read_reply().status == 200);
  Wire fourth(address);
  fourth.send(kGood);
  BOOST_TEST(fourth.read_reply().status == 200);
  other(plain("x"));
}

BOOST_AUTO_TEST_CASE(thousands_that_are_opened_and_left_keep_nobody_out) {
  settings.max_connections = 100;
  serve();
  for (int i = 0; i < 2000; ++i) {
    Wire left(address);
    if (i % 2 == 0) left.send("GET / HTTP/1.1\r\nHos");
  }
  std::vector<std::unique_ptr<Wire>> open;
  for (int i = 0; i < 300; ++i) open.push_back(std::make_unique<Wire>(address));
  Wire wire(address);
  wire.send(kGood);
  BOOST_TEST(wire.read_reply().status == 200);
}

BOOST_AUTO_TEST_CASE(without_descriptors_it_waits_and_says_so_once) {
  serve();
  Wire before(address);
  before.send(kGood);
  BOOST_TEST(before.read_reply().status == 200);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const rlimit none{static_cast<rlim_t>(client.get()), limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  const int connected = ::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  const auto line = error();
  before.send(kGood);
  const int status = before.read_reply().status;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  BOOST_TEST(connected == 0);
  BOOST_TEST(has(line, "can't accept connections on 127.0.0.1:0: Too many open files"));
  BOOST_TEST(status == 200);
  char byte = 0;
  ::send(client.get(), kGood.data(), kGood.size(), MSG_NOSIGNAL);
  BOOST_TEST(::recv(client.get(), &byte, 1, 0) == 1);  // the one that had to wait
}

BOOST_AUTO_TEST_SUITE_END()
