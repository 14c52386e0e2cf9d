// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/http_client.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/adapters/http/client_connection.hpp"
#include "bridge/adapters/http/header_text.hpp"

namespace rollcall {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = ClientConnection::Clock;
using Parser = http::response_parser<http::string_body>;

constexpr std::uint64_t kMaxReplyBytes = 64UL * 1024 * 1024;
constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;

/// One question on its way, and as much of the reply as there is. It stays where it is: the parser's parts
/// refer to each other.
struct Exchange {
  ClientConnection connection;
  Parser parser;
  std::string bytes;

  explicit Exchange(ClientConnection connected) : connection(std::move(connected)) {
    parser.eager(true);
    parser.header_limit(kMaxHeaderBytes);
    parser.body_limit(kMaxReplyBytes);
  }

  /// Waits for more of the reply.
  Result<void> receive(Clock::time_point deadline) {
    auto received = connection.receive(deadline);
    if (!received) return tl::make_unexpected(received.error());
    error_code error;
    if (received->empty()) {
      if (!parser.got_some()) return fail("it ends the connection without an answer");
      parser.put_eof(error);
      return error ? fail("it breaks off within its answer") : Result<void>();
    }
    bytes += *received;
    std::size_t used = 0;
    while (used < bytes.size() && !parser.is_done() && !error) {
      used += parser.put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), error);
    }
    bytes.erase(0, used);
    if (error && error != http::error::need_more) {
      return fail(fmt::format("its answer is not HTTP/1.1 ({})", error.message()));
    }
    return {};
  }

  HttpReply reply() {
    HttpReply result;
    auto& message = parser.get();
    result.status = static_cast<int>(message.result_int());
    for (const auto& field : message.base()) {
      result.headers[lower_case(std::string_view(field.name_string().data(), field.name_string().size()))] =
          std::string(field.value());
    }
    result.body = std::move(message.body());
    return result;
  }
};

std::string request_text(const HttpQuestion& question, const std::string& host,
                         const std::string& base_path) {
  auto text = fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", question.method, base_path,
                          question.path, host);
  for (const auto& [name, value] : question.headers) text += fmt::format("{}: {}\r\n", name, value);
  if (!question.body.empty() || question.method != "GET") {
    text += fmt::format("Content-Length: {}\r\n", question.body.size());
  }
  return text + "\r\n" + question.body;
}

Result<void> check_question(const HttpQuestion& question) {
  const auto has_control = [](const std::string& text) {
    return std::any_of(text.begin(), text.end(), is_control);
  };
  bool is_good = !has_control(question.path) && question.path.find(' ') == std::string::npos;
  for (const auto& [name, value] : question.headers)
    is_good = is_good && !has_control(name) && !has_control(value);
  return is_good ? Result<void>() : fail("the request has characters that HTTP can't carry");
}

Result<std::unique_ptr<Exchange>> begin(const HttpTarget& target, const HttpQuestion& question,
                                        Clock::time_point deadline) {
  if (auto checked = check_question(question); !checked) return tl::make_unexpected(checked.error());
  HttpUrl url;
  url.authority = "localhost";
  Result<ClientConnection> connected = fail("");
  if (!target.socket_path.empty()) {
    connected = ClientConnection::connect_to(target.socket_path);
  } else {
    auto parsed = parse_http_url(target.url);
    if (!parsed) return tl::make_unexpected(parsed.error());
    url = std::move(*parsed);
    TlsContext tls;
    if (url.is_tls) {
      auto context = new_client_tls(target.ca_file);
      if (!context) return tl::make_unexpected(context.error());
      tls = std::move(*context);
    }
    connected = ClientConnection::connect_to(url, tls, deadline);
  }
  if (!connected) return tl::make_unexpected(connected.error());
  auto sent = connected->send(request_text(question, url.authority, url.path), deadline);
  if (!sent) return tl::make_unexpected(sent.error());
  return std::make_unique<Exchange>(std::move(*connected));
}

tl::unexpected<Error> named(const HttpTarget& target, const Error& error) {
  return fail(target.socket_path.empty() ? fmt::format("{}: {}", target.url, error.message)
                                         : fmt::format("\"{}\": {}", target.socket_path, error.message));
}

}  // namespace

Result<HttpReply> ask(const HttpTarget& target, const HttpQuestion& question,
                      std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  auto exchange = begin(target, question, deadline);
  if (!exchange) return named(target, exchange.error());
  if (question.method == "HEAD") (*exchange)->parser.skip(true);
  while (!(*exchange)->parser.is_done()) {
    if (auto received = (*exchange)->receive(deadline); !received) return named(target, received.error());
  }
  return (*exchange)->reply();
}

Result<HttpReply> read_events(const HttpTarget& target, const HttpQuestion& question,
                              std::chrono::milliseconds silence, const StreamReader& reader) {
  auto exchange = begin(target, question, Clock::now() + silence);
  if (!exchange) return named(target, exchange.error());
  auto& parser = (*exchange)->parser;
  EventReader events;
  bool is_open = false;
  auto deadline = Clock::now() + silence;
  while (!parser.is_done()) {
    if (reader.on_pause && Clock::now() < deadline &&
        !(*exchange)->connection.is_readable(std::min(Clock::now() + reader.pause, deadline))) {
      if (!reader.on_pause()) break;
      continue;
    }
    if (auto received = (*exchange)->receive(deadline); !received) return named(target, received.error());
    deadline = Clock::now() + silence;
    if (!parser.is_header_done() || parser.get().result_int() != 200) continue;
    parser.body_limit(boost::none);
    if (!is_open && reader.on_open && !reader.on_open()) break;
    is_open = true;
    const auto body = std::exchange(parser.get().body(), std::string());
    if (reader.on_event && !events.feed(body, reader.on_event)) break;
  }
  return (*exchange)->reply();
}

Result<HttpReply> read_events(const HttpTarget& target, const HttpQuestion& question,
                              std::chrono::milliseconds silence,
                              const std::function<bool(const ServerEvent&)>& on_event) {
  StreamReader reader;
  reader.on_event = on_event;
  return read_events(target, question, silence, reader);
}

}  // namespace rollcall
