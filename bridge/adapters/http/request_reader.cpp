// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/request_reader.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include "bridge/adapters/http/request_head.hpp"
#include "bridge/core/http/problem.hpp"

namespace rollcall {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

HttpResponse refusal_of(const error_code& error, RequestReader::Limits limits) {
  if (error == http::error::header_limit) {
    return problem(431, fmt::format("The request's header is larger than {} bytes.", limits.header_bytes));
  }
  if (error == http::error::body_limit) {
    return problem(413, fmt::format("The request's body is larger than {} bytes.", limits.body_bytes));
  }
  return problem(400, fmt::format("This is no request of HTTP/1.1 ({}).", error.message()));
}

}  // namespace

struct RequestReader::Parsing {
  http::request_parser<http::string_body> parser;
  std::size_t header_bytes = 0;
  bool has_header = false;
  HttpRequest request;
};

RequestReader::RequestReader(Limits limits) : limits_(limits) {}

RequestReader::~RequestReader() = default;

RequestReader::State RequestReader::feed(std::string_view bytes) {
  bytes_.append(bytes);
  if (!parsing_) {
    // Some clients send a line end too much after a body.
    bytes_.erase(0, bytes_.find_first_not_of("\r\n"));
    if (bytes_.empty()) {
      std::string().swap(bytes_);
      return State::incomplete;
    }
    parsing_ = std::make_unique<Parsing>();
    parsing_->parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    parsing_->parser.body_limit(limits_.body_bytes);
  }
  return parse();
}

RequestReader::State RequestReader::parse() {
  auto& parser = parsing_->parser;
  std::size_t used = 0;
  auto state = State::incomplete;
  while (used < bytes_.size() && state == State::incomplete) {
    error_code error;
    const auto size = parser.put(boost::asio::buffer(bytes_.data() + used, bytes_.size() - used), error);
    used += size;
    if (!parsing_->has_header) parsing_->header_bytes += size;
    if (error && error != http::error::need_more) return refuse(refusal_of(error, limits_));
    if (!parsing_->has_header && parser.is_header_done()) {
      state = go_on_after_header();
    } else if (parser.is_done()) {
      state = State::complete;
    } else if (error) {
      break;
    }
  }
  if (state == State::refused) return state;
  bytes_.erase(0, used);
  // What is incomplete is parts of the head, of a chunk's first line or of what follows the last chunk.
  if (state == State::incomplete && bytes_.size() > limits_.header_bytes) {
    return refuse(refusal_of(http::error::header_limit, limits_));
  }
  if (state == State::wants_continue && !bytes_.empty()) return parse();  // it hasn't waited
  return state;
}

RequestReader::State RequestReader::go_on_after_header() {
  auto& parsing = *parsing_;
  parsing.has_header = true;
  if (parsing.header_bytes > limits_.header_bytes) {
    return refuse(refusal_of(http::error::header_limit, limits_));
  }
  // Now: fields behind a chunked body would be taken for headers.
  RequestHead head;
  const auto& message = parsing.parser.get();
  head.is_http_1_0 = message.version() == 10;
  for (const auto& field : message.base()) {
    head.fields.emplace_back(field.name_string(), field.value());
  }
  auto& request = parsing.request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  if (auto wrong = take_head(head, request)) return refuse(std::move(*wrong));
  parsing.parser.eager(true);
  if (parsing.parser.is_done()) return State::complete;
  return request.header("expect").empty() || head.is_http_1_0 ? State::incomplete : State::wants_continue;
}

RequestReader::State RequestReader::refuse(HttpResponse why) {
  refusal_ = std::move(why);
  keeps_alive_ = false;
  return State::refused;
}

HttpRequest RequestReader::take() {
  auto& message = parsing_->parser.get();
  keeps_alive_ = parsing_->parser.keep_alive();
  is_http_1_0_ = message.version() == 10;
  auto request = std::move(parsing_->request);
  request.body = std::move(message.body());
  parsing_.reset();
  if (bytes_.empty()) std::string().swap(bytes_);
  return request;
}

}  // namespace rollcall
