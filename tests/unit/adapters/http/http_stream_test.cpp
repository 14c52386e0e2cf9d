// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <stdexcept>
#include <thread>

#include "tests/unit/adapters/http/serving.hpp"

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

using Stream = std::shared_ptr<HttpStream>;

std::shared_ptr<const std::string> text(std::string value) {
  return std::make_shared<const std::string>(std::move(value));
}

const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

struct Streaming : Serving {
  Arrivals<Stream> streams;

  Streaming() {
    handler = [this](const HttpRequest& request, const HttpAnswer& answer) {
      if (request.target != "/") return answer(plain("fine"));
      HttpResponse response;
      response.content_type = "text/event-stream";
      response.stream = [this](Stream stream) { streams.put(std::move(stream)); };
      answer(response);
    };
  }
  ~Streaming() { server.reset(); }
};

/// The bytes of a chunked body up to its end.
std::string read_chunks(Wire& wire) {
  std::string all;
  for (;;) {
    const auto line = wire.read_until("\r\n");
    const auto size = line.empty() ? 0UL : std::stoul(line, nullptr, 16);
    all += wire.read_bytes(size);
    wire.read_bytes(2);
    if (size == 0) return all;
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http_stream, Streaming)

BOOST_AUTO_TEST_CASE(what_is_written_comes_in_order_and_then_the_connection_goes_on) {
  serve();
  Wire wire(address);
  wire.send(kGet);
  const auto head = wire.read_reply();
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.header("content-type") == "text/event-stream");
  BOOST_TEST(head.header("transfer-encoding") == "chunked");
  BOOST_TEST(head.header("cache-control") == "no-store");
  BOOST_TEST(head.header("connection") == "");
  const auto stream = streams.take();
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    const auto each = "data: " + std::to_string(i) + "\n\n";
    expected += each;
    stream->write(text(each));
  }
  stream->end();
  BOOST_TEST((read_chunks(wire) == expected));
  wire.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(wire.read_reply().body == "fine");
  BOOST_TEST(stream->is_closed());
  stream->write(text("too late"));
}

BOOST_AUTO_TEST_CASE(http_1_0_gets_it_as_it_is_until_the_end) {
  serve();
  Wire wire(address);
  wire.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto stream = streams.take();
  stream->write(text("one "));
  stream->write(text("two"));
  stream->end();
  const auto all = wire.read_all();
  BOOST_TEST(has(all, "Connection: close\r\n"));
  BOOST_TEST(!has(all, "chunked"));
  BOOST_TEST(has(all, "\r\n\r\none two"));
}

BOOST_AUTO_TEST_CASE(a_silent_stream_has_comments) {
  settings.stream_comment_after = 10ms;
  serve();
  Wire wire(address);
  wire.send(kGet);
  wire.read_reply();
  BOOST_TEST(wire.read_until("\n\n\r\n") == "3\r\n:\n\n\r\n");
  BOOST_TEST(wire.read_until("\n\n\r\n") == "3\r\n:\n\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_reader_that_leaves_is_noticed) {
  serve();
  auto wire = std::make_unique<Wire>(address);
  wire->send(kGet);
  const auto stream = streams.take();
  wire.reset();
  while (!stream->is_closed()) std::this_thread::yield();
  Wire next(address);
  next.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(next.read_reply().body == "fine");
}

BOOST_AUTO_TEST_CASE(a_reader_that_does_not_keep_up_is_cut_off) {
  serve();
  Wire wire(address);
  wire.send(kGet);
  wire.read_reply();
  const auto stream = streams.take();
  const auto piece = text(std::string(64'000, 'x'));
  std::size_t written = 0;
  while (!stream->is_closed() && written < 1'000'000'000) {
    stream->write(piece);
    written += piece->size();
  }
  BOOST_TEST(stream->is_closed());
  const auto all = wire.read_all();
  BOOST_TEST(!has(all, "0\r\n\r\n"));
  BOOST_TEST(all.size() < written);
}

BOOST_AUTO_TEST_CASE(what_a_reader_says_meanwhile_is_thrown_away) {
  serve();
  Wire wire(address);
  wire.send(kGet);
  wire.read_reply();
  const auto stream = streams.take();
  wire.send(kGet);
  stream->write(text("a"));
  BOOST_TEST(wire.read_until("a\r\n") == "1\r\na\r\n");
  while (!stream->is_closed() && wire.send(std::string(100'000, 'x'))) {
  }
  BOOST_TEST(stream->is_closed());
}

BOOST_AUTO_TEST_CASE(head_of_a_stream_begins_none) {
  serve();
  Wire wire(address);
  wire.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(wire.read_reply(false).header("content-type") == "text/event-stream");
  BOOST_TEST(wire.read_reply().body == "fine");
}

BOOST_AUTO_TEST_CASE(a_stream_that_cannot_begin_ends) {
  handler = [](const HttpRequest&, const HttpAnswer& answer) {
    HttpResponse response;
    response.content_type = "text/event-stream";
    response.stream = [](const Stream&) { throw std::runtime_error("no idea"); };
    answer(response);
  };
  serve();
  Wire wire(address);
  wire.send(kGet);
  wire.read_all();
  BOOST_TEST(has(error(), "a stream failed: no idea"));
}

BOOST_AUTO_TEST_CASE(many_readers_get_what_several_threads_write_each_writers_in_order) {
  constexpr int kReaders = 100;
  constexpr int kWriters = 3;
  constexpr int kTexts = 200;
  serve();
  std::vector<std::unique_ptr<Wire>> wires;
  std::vector<Stream> open;
  for (int i = 0; i < kReaders; ++i) {
    wires.push_back(std::make_unique<Wire>(address));
    wires.back()->send(kGet);
    wires.back()->read_reply();
    open.push_back(streams.take());
  }
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&open, writer] {
      for (int i = 0; i < kTexts; ++i) {
        const auto each = text(std::string(1, static_cast<char>('A' + writer)) + std::to_string(i) + " ");
        for (const auto& stream : open) stream->write(each);
      }
    });
  }
  for (auto& each : writers) each.join();
  for (const auto& each : open) each->end();
  for (const auto& each : wires) {
    const auto all = read_chunks(*each);
    for (int writer = 0; writer < kWriters; ++writer) {
      std::size_t place = 0;
      for (int i = 0; i < kTexts && place != std::string::npos; ++i) {
        place = all.find(std::string(1, static_cast<char>('A' + writer)) + std::to_string(i) + " ", place);
      }
      BOOST_TEST(place != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(stopping_ends_streams_while_they_are_written_to) {
  serve();
  Wire wire(address);
  wire.send(kGet);
  wire.read_reply();
  const auto stream = streams.take();
  std::thread writer([stream] {
    while (!stream->is_closed()) stream->write(text("x"));
  });
  wire.read_bytes(100);
  server->stop();
  writer.join();
  BOOST_TEST(stream->is_closed());
}

BOOST_AUTO_TEST_SUITE_END()
