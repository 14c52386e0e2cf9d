// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/connection.hpp"

#include <exception>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/quoting.hpp"
#include "bridge/adapters/http/listen_address.hpp"
#include "bridge/adapters/http/pending_answer.hpp"
#include "bridge/core/http/problem.hpp"

namespace rollcall {
namespace {

constexpr int kUnsentInKernel = 128 * 1024;  // more would keep a slow reader's backlog where nobody counts it
constexpr int kTurnsAtOnce = 64;             // then it is others' turn
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kComment = ":\n\n";

}  // namespace

Connection::Connection(boost::asio::io_context& io, ConnectionContext& context, Descriptor socket,
                       bool is_own_user, Tls tls, std::function<void(Connection&)> on_close)
    : context_(context),
      waiter_(io),
      socket_(socket.get(), std::move(tls)),
      peer_(peer_address(socket.get())),
      is_own_user_(is_own_user),
      on_close_(std::move(on_close)),
      reader_({context.settings.max_header_bytes, context.settings.max_body_bytes}),
      since_(Clock::now()),
      deadline_(since_ + context.settings.request_timeout),
      sent_at_(since_) {
  waiter_.assign(socket.release());
}

void Connection::start() { go_on(); }

void Connection::turn_away() {
  if (socket_.is_tls()) return close();  // who can't be heard can't be answered
  auto response = problem(503, "There are too many connections. Try again later.");
  response.headers.emplace_back("Retry-After", "5");
  send_last(response);
  go_on();
}

void Connection::go_on() {
  const auto keep_alive = shared_from_this();
  bool can_go_on = true;
  for (int turns = 0; can_go_on && phase_ != Phase::closed; ++turns) {
    if (turns == kTurnsAtOnce) {
      context_.mailbox->post([self = weak_from_this()] {
        if (const auto connection = self.lock()) connection->go_on();
      });
      return;
    }
    if (stream_ && stream_->is_closed()) {  // cut off, whatever is still on its way
      close();
    } else if (!out_.empty()) {
      can_go_on = write_out();
    } else if (phase_ == Phase::receiving) {
      can_go_on = receive();
    } else if (phase_ == Phase::streaming) {
      can_go_on = send_stream();
    } else if (phase_ == Phase::closing) {
      can_go_on = discard_input();
    } else {
      can_go_on = false;
    }
  }
}

void Connection::check(Clock::time_point now) {
  const auto keep_alive = shared_from_this();
  if (stream_ && stream_->is_closed()) return close();
  if (!out_.empty()) {
    if (now - sent_at_ > context_.settings.request_timeout) close();
    return;
  }
  if (phase_ == Phase::streaming) {
    if (now - sent_at_ < context_.settings.stream_comment_after) return;
    send(kComment);
    go_on();
  } else if ((phase_ == Phase::receiving || phase_ == Phase::closing) && now >= deadline_) {
    if (!is_receiving()) return close();
    send_last(problem(408, "The request took too long to come."));
    go_on();
  }
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  if (stream_) stream_->close();
  boost::system::error_code ignored;
  waiter_.close(ignored);
  on_close_(*this);
}

bool Connection::is_idle() const {
  return out_.empty() && (phase_ == Phase::closing || (phase_ == Phase::receiving && !reader_.has_begun()));
}

void Connection::enter(Phase phase) {
  phase_ = phase;
  since_ = Clock::now();
}

void Connection::take(RequestReader::State state) {
  switch (state) {
    case RequestReader::State::incomplete:
      return;
    case RequestReader::State::wants_continue:
      out_ += kContinue;
      sent_at_ = Clock::now();
      return;
    case RequestReader::State::complete:
      return call_handler();
    case RequestReader::State::refused:
      return send_last(reader_.refusal());
  }
}

void Connection::call_handler() {
  auto request = reader_.take();
  is_first_ = false;
  asked_.is_head = request.method == "HEAD";
  if (asked_.is_head) request.method = "GET";
  asked_.is_get = request.method == "GET";
  asked_.is_http_1_0 = reader_.is_http_1_0();
  asked_.accept_encoding = request.header("accept-encoding");
  asked_.if_none_match = request.header("if-none-match");
  request.peer = peer_;
  request.is_own_user = is_own_user_;
  request.is_tls = socket_.is_tls();
  enter(Phase::answering);
  const auto pending = std::make_shared<PendingAnswer>(
      context_.mailbox, [self = weak_from_this()](const HttpResponse& response) {
        if (const auto connection = self.lock()) connection->answer(response);
      });
  const auto what = request.method + " " + request.target;
  try {
    context_.handler(std::move(request),
                     [pending](HttpResponse response) { pending->give(std::move(response)); });
  } catch (const std::exception& error) {
    context_.log_error(fmt::format("{} failed: {}", in_quotes(what), error.what()));
    pending->give(problem(500, "The bridge failed at this. Its log says why."));
  }
}

void Connection::answer(const HttpResponse& response) {
  if (phase_ != Phase::answering) return;
  // A stream of HTTP/1.0 ends with its connection.
  asked_.keeps_alive = reader_.keeps_alive() && !(response.stream && asked_.is_http_1_0);
  out_ = context_.writer.write(response, asked_);
  sent_at_ = Clock::now();
  if (response.stream && !asked_.is_head) {
    begin_stream(response);
  } else {
    after_answer(asked_.keeps_alive);
  }
  go_on();
}

void Connection::begin_stream(const HttpResponse& response) {
  enter(Phase::streaming);
  discarded_ = 0;
  const int unsent = kUnsentInKernel;  // of a Unix socket it can't be set, and needn't be
  ::setsockopt(waiter_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
  stream_ = std::make_shared<StreamBody>(
      [ready = context_.ready_streams, self = weak_from_this()] { ready->add(self); },
      context_.settings.max_stream_backlog_bytes);
  try {
    response.stream(stream_);
  } catch (const std::exception& error) {
    context_.log_error(fmt::format("a stream failed: {}", error.what()));
    close();
  }
}

void Connection::after_answer(bool stays_open) {
  if (stream_) stream_->close();
  stream_.reset();
  enter(stays_open ? Phase::receiving : Phase::closing);
  deadline_ = since_ + (stays_open ? context_.settings.idle_timeout : kClosingTimeout);
  reader_.set_limits({context_.settings.max_header_bytes, context_.settings.max_body_bytes});
  has_leftover_ = stays_open;
  if (stays_open && reader_.has_begun()) deadline_ = since_ + context_.settings.request_timeout;
  discarded_ = 0;
}

void Connection::send(std::string_view bytes) {
  if (asked_.is_http_1_0) {
    out_ += bytes;
  } else {
    append_chunk(out_, bytes);
  }
  sent_at_ = Clock::now();
}

void Connection::send_last(const HttpResponse& response) {
  out_ = context_.writer.write(response, {});
  sent_at_ = Clock::now();
  enter(Phase::closing);
}

}  // namespace rollcall
