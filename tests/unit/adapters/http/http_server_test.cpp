// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/http_server.hpp"

#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>

#include <sys/stat.h>

#include "tests/unit/adapters/http/serving.hpp"

using namespace rollcall;

BOOST_FIXTURE_TEST_SUITE(http_server, Serving)

BOOST_AUTO_TEST_CASE(a_connection_carries_one_request_after_another) {
  serve();
  Wire wire(address);
  for (const std::string path : {"/one", "/two"}) {
    wire.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto reply = wire.read_reply();
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.body == "GET " + path + " ");
    BOOST_TEST(reply.header("connection") == "");
  }
}

BOOST_AUTO_TEST_CASE(each_answer_has_the_headers_that_all_have) {
  serve();
  Wire wire(address);
  wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto reply = wire.read_reply();
  BOOST_TEST(reply.header("x-content-type-options") == "nosniff");
  BOOST_TEST(reply.header("cache-control") == "no-store");
  BOOST_TEST(reply.header("content-type") == "text/plain; charset=utf-8");
  BOOST_TEST(has(reply.header("date"), " GMT"));
  BOOST_TEST(reply.headers.count("server") == 0U);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order_though_the_first_takes_longest) {
  Arrivals<HttpAnswer> asked;
  handler = [&](const HttpRequest& request, HttpAnswer answer) {
    if (request.target == "/slow") {
      asked.put(std::move(answer));
    } else {
      answer(plain(request.target));
    }
  };
  serve();
  Wire wire(address);
  wire.send(
      "GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /d HTTP/1.1\r\nHost: x\r\n\r\n");
  asked.take()(plain("at last"));
  BOOST_TEST(wire.read_reply().body == "at last");
  BOOST_TEST(wire.read_reply().body == "/b");
  BOOST_TEST(wire.read_reply().body == "/c");
  BOOST_TEST(wire.read_reply().body == "/d");
}

BOOST_AUTO_TEST_CASE(a_request_that_comes_byte_by_byte_is_one_request) {
  serve();
  Wire wire(address);
  for (const char each : std::string("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")) {
    wire.send({each});
  }
  BOOST_TEST(wire.read_reply().body == "POST /x hi");
}

BOOST_AUTO_TEST_CASE(a_chunked_body_is_put_together) {
  serve();
  Wire wire(address);
  wire.send(
      "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  BOOST_TEST(wire.read_reply().body == "POST /x abcde");
}

BOOST_AUTO_TEST_CASE(who_waits_for_continue_gets_it) {
  serve();
  Wire wire(address);
  wire.send("POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  BOOST_TEST(wire.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  wire.send("hi");
  BOOST_TEST(wire.read_reply().body == "POST /x hi");
}

BOOST_AUTO_TEST_CASE(head_gets_the_head_that_get_would_get) {
  serve();
  Wire wire(address);
  wire.send("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\nGET /y HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto head = wire.read_reply(false);
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.header("content-length") == "7");
  BOOST_TEST(wire.read_reply().body == "GET /y ");
}

BOOST_AUTO_TEST_CASE(http_1_0_ends_with_its_answer_unless_it_asks_for_more) {
  serve();
  Wire once(address);
  once.send("GET /x HTTP/1.0\r\n\r\n");
  BOOST_TEST(has(once.read_all(), "Connection: close\r\n"));
  Wire more(address);
  more.send("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /y HTTP/1.0\r\n\r\n");
  BOOST_TEST(more.read_reply().header("connection") == "keep-alive");
  BOOST_TEST(more.read_reply().body == "GET /y ");
}

BOOST_AUTO_TEST_CASE(who_has_said_all_still_gets_the_answer) {
  serve();
  Wire wire(address);
  wire.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  wire.half_close();
  BOOST_TEST(has(wire.read_all(), "GET /x "));
}

BOOST_AUTO_TEST_CASE(an_answer_comes_from_any_thread_and_counts_once) {
  handler = [](const HttpRequest&, HttpAnswer answer) {
    std::thread([answer = std::move(answer)] {
      answer(plain("first"));
      answer(plain("second"));
    }).detach();
  };
  serve();
  Wire wire(address);
  for (int i = 0; i < 3; ++i) {
    wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(wire.read_reply().body == "first");
  }
}

BOOST_AUTO_TEST_CASE(a_handler_that_fails_or_forgets_costs_one_request) {
  handler = [](const HttpRequest& request, const HttpAnswer& answer) {
    if (request.target == "/throw") throw std::runtime_error("no idea");
    if (request.target != "/forget") answer(plain("fine"));
  };
  serve();
  Wire wire(address);
  wire.send("GET /throw HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto failed = wire.read_reply();
  BOOST_TEST(failed.status == 500);
  BOOST_TEST(failed.header("content-type") == "application/problem+json");
  BOOST_TEST(!has(failed.body, "no idea"));
  BOOST_TEST(has(error(), "\"GET /throw\" failed: no idea"));
  wire.send("GET /forget HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(wire.read_reply().status == 500);
  wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(wire.read_reply().body == "fine");
}

BOOST_AUTO_TEST_CASE(the_answer_for_a_client_that_has_gone_is_dropped) {
  Arrivals<HttpAnswer> asked;
  handler = [&](const HttpRequest& request, HttpAnswer answer) {
    if (request.target == "/later") return asked.put(std::move(answer));
    answer(plain("fine"));
  };
  serve();
  Wire gone(address);
  gone.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = asked.take();
  gone.close();
  answer(plain(std::string(1'000'000, 'x')));
  Wire wire(address);
  wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(wire.read_reply().body == "fine");
  server->stop();
  answer(plain("after the end"));
}

BOOST_AUTO_TEST_CASE(a_header_that_would_be_two_is_not_sent) {
  handler = [](const HttpRequest&, const HttpAnswer& answer) {
    auto response = plain("x");
    response.headers = {{"X-One", "a\r\nSet-Cookie: b"}, {"X-Two", "fine"}};
    answer(response);
  };
  serve();
  Wire wire(address);
  wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto reply = wire.read_reply();
  BOOST_TEST(!has(reply.head, "Set-Cookie"));
  BOOST_TEST(reply.header("x-two") == "fine");
  BOOST_TEST(has(error(), "\"X-One\" isn't sent"));
}

BOOST_AUTO_TEST_CASE(the_unix_socket_is_its_users_alone_and_has_no_peer) {
  settings.listen.clear();
  settings.socket_path = folder + "/socket";
  handler = [](const HttpRequest& request, const HttpAnswer& answer) {
    answer(plain("peer:" + request.peer + (request.is_own_user ? ", its own user" : "")));
  };
  serve();
  BOOST_TEST(!server->address());
  struct stat there {};
  BOOST_TEST_REQUIRE(::stat(settings.socket_path.c_str(), &there) == 0);
  BOOST_TEST((there.st_mode & 0777U) == 0600U);
  Wire wire(settings.socket_path);
  wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(wire.read_reply().body == "peer:, its own user");
  server->stop();
  BOOST_TEST(!std::filesystem::exists(settings.socket_path));
}

BOOST_AUTO_TEST_CASE(a_peer_has_its_address) {
  handler = [](const HttpRequest& request, const HttpAnswer& answer) {
    answer(plain("peer:" + request.peer));
  };
  serve();
  Wire wire(address);
  wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(wire.read_reply().body == "peer:127.0.0.1");
}

// The system doesn't know any more who it was, but still has what was sent.
BOOST_AUTO_TEST_CASE(who_has_gone_before_being_accepted_is_not_its_own_user) {
  Arrivals<bool> own_users;
  handler = [&](const HttpRequest& request, const HttpAnswer& answer) {
    own_users.put(request.is_own_user);
    answer(plain("heard"));
  };
  serve();
  std::promise<void> is_gone;
  server->post([&] { is_gone.get_future().wait(); });
  Wire wire(address);
  BOOST_TEST(wire.send("DELETE /everything HTTP/1.1\r\nHost: x\r\n\r\n"));
  wire.reset();
  is_gone.set_value();
  BOOST_TEST(!own_users.take());
}

BOOST_AUTO_TEST_CASE(a_socket_that_was_left_is_replaced_and_another_file_is_not) {
  settings.listen.clear();
  settings.socket_path = folder + "/file";
  std::ofstream(settings.socket_path) << "mine";
  serve();
  BOOST_TEST(has(error(), "can't listen on \"" + settings.socket_path + "\""));
  server->stop();
  BOOST_TEST(std::filesystem::file_size(settings.socket_path) == 4U);
}

BOOST_AUTO_TEST_CASE(an_address_that_is_in_use_is_had_as_soon_as_it_is_free) {
  settings.listen_again_after = std::chrono::milliseconds{1};
  serve();
  Serving second;
  second.settings = settings;
  second.settings.listen = address;
  second.serve();
  BOOST_TEST(
      has(second.error(), "can't listen on " + address + ": Address already in use; trying again every"));
  BOOST_TEST(!second.server->address());
  server->stop();
  BOOST_TEST(has(second.lines.take(), "listening on " + address + " now"));
  Wire wire(address);
  wire.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(wire.read_reply().body == "GET /x ");
}

BOOST_AUTO_TEST_CASE(what_is_no_address_is_one_clear_line) {
  settings.listen = "nowhere";
  serve();
  BOOST_TEST(has(error(), "\"nowhere\" is no address to listen on; write HOST:PORT"));
}

BOOST_AUTO_TEST_CASE(other_settings_leave_connections_and_addresses_as_they_are) {
  serve();
  Wire wire(address);
  wire.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  wire.read_reply();
  settings.max_body_bytes = 3;
  server->apply(settings);
  BOOST_TEST(server->address().value() == address);
  wire.send("GET /y HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(wire.read_reply().status == 200);
  wire.send("POST /y HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nfour");
  BOOST_TEST(wire.read_reply().status == 413);

  settings.listen.clear();
  server->apply(settings);
  BOOST_TEST(!server->address());
  BOOST_TEST(!Wire(address).is_connected());
}

BOOST_AUTO_TEST_CASE(what_is_posted_runs_in_order_and_a_failure_of_it_is_logged) {
  serve();
  Arrivals<int> done;
  server->post([&] { done.put(1); });
  server->post([] { throw std::runtime_error("no idea"); });
  server->post([&] { done.put(2); });
  BOOST_TEST(done.take() == 1);
  BOOST_TEST(done.take() == 2);
  BOOST_TEST(has(error(), "no idea"));
}

BOOST_AUTO_TEST_CASE(it_can_be_stopped_from_several_threads_while_it_is_asked) {
  serve();
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([this] {
      Wire wire(address);
      while (wire.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n") && wire.read_reply().status == 200) {
      }
    });
  }
  Wire wire(address);
  wire.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(wire.read_reply().status == 200);
  std::vector<std::thread> stoppers;
  for (int i = 0; i < 3; ++i) stoppers.emplace_back([this] { server->stop(); });
  for (auto& each : stoppers) each.join();
  for (auto& each : clients) each.join();
  server->apply(settings);
  BOOST_TEST(!server->address());
  BOOST_TEST(!Wire(address).is_connected());
}

BOOST_AUTO_TEST_SUITE_END()
