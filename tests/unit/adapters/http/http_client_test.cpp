// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/http_client.hpp"

#include "bridge/adapters/http/http_url.hpp"
#include "tests/unit/adapters/http/serving.hpp"

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

/// Says what was asked for.
HttpResponse echo(const HttpRequest& request) {
  auto response = plain(request.method + " " + request.target + " " + std::string(request.header("x-token")) +
                        " " + request.body + " " + std::string(request.header("host")));
  response.status = 422;
  response.headers = {{"X-Extra", "1"}};
  return response;
}

std::string word_of(const Result<HttpReply>& reply) { return reply ? reply->body : reply.error().message; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http_client, Serving)

BOOST_AUTO_TEST_CASE(it_asks_by_url_and_by_unix_socket) {
  settings.socket_path = folder + "/socket";
  handler = [](const HttpRequest& request, const HttpAnswer& answer) { answer(echo(request)); };
  serve();
  const HttpQuestion question{"PUT", "/a?b", {{"X-Token", "secret"}}, "body"};
  const auto by_url = ask({"", "http://" + address + "/base/", std::nullopt}, question, 60s);
  BOOST_TEST(word_of(by_url) == "PUT /base/a?b secret body " + address);
  BOOST_TEST(by_url->status == 422);
  BOOST_TEST(by_url->headers.at("x-extra") == "1");
  BOOST_TEST(word_of(ask({settings.socket_path, "", std::nullopt}, question, 60s)) ==
             "PUT /a?b secret body localhost");
  BOOST_TEST(ask({settings.socket_path, "", std::nullopt}, {"HEAD", "/", {}, ""}, 60s)->status == 422);
}

BOOST_AUTO_TEST_CASE(without_an_answer_it_says_why) {
  serve();
  const auto why = [](const HttpTarget& target) { return word_of(ask(target, {}, 60s)); };
  BOOST_TEST(has(why({folder + "/none", "", std::nullopt}), "/none\": No such file or directory"));
  BOOST_TEST(has(why({"", "ftp://x", std::nullopt}), "is no URL of http or https"));
  BOOST_TEST(has(why({"", "https://" + address, std::nullopt}), "https://" + address + ": "));
  server->stop();
  BOOST_TEST(why({"", "http://" + address, std::nullopt}) == "http://" + address + ": Connection refused");
  BOOST_TEST(has(word_of(ask({"", "http://" + address, std::nullopt}, {"GET", "/a\r\nX: y", {}, ""}, 60s)),
                 "characters that HTTP can't carry"));
}

BOOST_AUTO_TEST_CASE(it_waits_no_longer_than_it_is_told_to) {
  Arrivals<HttpAnswer> asked;
  handler = [&](const HttpRequest&, HttpAnswer answer) { asked.put(std::move(answer)); };
  serve();
  const auto reply = ask({"", "http://" + address, std::nullopt}, {}, 20ms);
  BOOST_TEST(has(word_of(reply), "no answer in time"));
  server->stop();
}

BOOST_AUTO_TEST_CASE(events_come_one_by_one_until_the_end) {
  handler = [](const HttpRequest&, const HttpAnswer& answer) {
    HttpResponse response;
    response.content_type = "text/event-stream";
    response.stream = [](const std::shared_ptr<HttpStream>& stream) {
      for (const auto* each : {"id: 1\nevent: status\ndata: a\n\n", ":\n\n", "id: 2\nda", "ta: b\n\n"}) {
        stream->write(std::make_shared<const std::string>(each));
      }
      stream->end();
    };
    answer(response);
  };
  serve();
  std::string seen;
  const auto note = [&](const ServerEvent& event) {
    seen += event.id + event.event + event.data + " ";
    return true;
  };
  const HttpTarget target{"", "http://" + address, std::nullopt};
  BOOST_TEST(read_events(target, {}, 60s, note)->status == 200);
  BOOST_TEST(seen == "1statusa 2messageb ");
  int count = 0;
  BOOST_TEST(read_events(target, {}, 60s, [&](const ServerEvent&) { return ++count < 1; }).has_value());
  BOOST_TEST(count == 1);
}

BOOST_AUTO_TEST_CASE(whoever_reads_events_has_time_for_other_things_between_them) {
  Arrivals<std::shared_ptr<HttpStream>> streams;
  handler = [&](const HttpRequest&, const HttpAnswer& answer) {
    HttpResponse response;
    response.content_type = "text/event-stream";
    response.stream = [&](std::shared_ptr<HttpStream> stream) { streams.put(std::move(stream)); };
    answer(response);
  };
  serve();
  std::string lived;
  StreamReader reader;
  reader.pause = 1ms;
  reader.on_open = [&] {
    lived += "open ";
    streams.take()->write(std::make_shared<const std::string>("data: a\n\n"));
    return true;
  };
  reader.on_event = [&](const ServerEvent& event) {
    lived += event.data + " ";
    return true;
  };
  // Until the first event none is the end: how many come before it, nobody knows.
  reader.on_pause = [&] { return !lived.ends_with("a "); };
  BOOST_TEST(read_events({"", "http://" + address, std::nullopt}, {}, 60s, reader)->status == 200);
  BOOST_TEST(lived == "open a ");
}

BOOST_AUTO_TEST_CASE(events_that_are_refused_or_break_off_are_told_apart) {
  Arrivals<std::shared_ptr<HttpStream>> streams;
  handler = [&](const HttpRequest& request, const HttpAnswer& answer) {
    if (request.target != "/") return answer(echo(request));
    HttpResponse response;
    response.content_type = "text/event-stream";
    response.stream = [&](std::shared_ptr<HttpStream> stream) {
      stream->write(std::make_shared<const std::string>("data: a\n\n"));
      streams.put(std::move(stream));
    };
    answer(response);
  };
  serve();
  const HttpTarget target{"", "http://" + address, std::nullopt};
  const auto none = [](const ServerEvent&) { return true; };
  const auto refused = read_events(target, {"GET", "/no", {}, ""}, 60s, none);
  BOOST_TEST(refused->status == 422);
  BOOST_TEST(has(refused->body, "GET /no"));
  BOOST_TEST(has(word_of(read_events(target, {}, 20ms, none)), "no answer in time"));
  const auto broken = read_events(target, {}, 60s, [&](const ServerEvent&) {
    server->stop();
    return true;
  });
  BOOST_TEST(has(word_of(broken), "it breaks off within its answer"));
}

BOOST_AUTO_TEST_CASE(a_url_has_its_parts) {
  const auto url = parse_http_url("HTTPS://[::1]:8443/a/b/").value();
  BOOST_TEST(url.is_tls);
  BOOST_TEST(url.host == "::1");
  BOOST_TEST(url.port == "8443");
  BOOST_TEST(url.authority == "[::1]:8443");
  BOOST_TEST(url.path == "/a/b");
  BOOST_TEST(parse_http_url("http://x").value().port == "80");
  BOOST_TEST(parse_http_url("https://[::1]").value().port == "443");
  for (const auto* wrong : {"", "x", "http:/x", "http://", "http://x:y", "http://x:99999", "http://u@x",
                            "http://x/?q", "http://x y", "http://::1"}) {
    BOOST_TEST(!parse_http_url(wrong), wrong);
  }
}

BOOST_AUTO_TEST_SUITE_END()
