// SPDX-License-Identifier: Apache-2.0
// One client's connection: its requests one after another, their answers, and streams.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "bridge/adapters/http/answer_text.hpp"
#include "bridge/adapters/http/byte_socket.hpp"
#include "bridge/adapters/http/descriptor.hpp"
#include "bridge/adapters/http/http_settings.hpp"
#include "bridge/adapters/http/mailbox.hpp"
#include "bridge/adapters/http/request_reader.hpp"
#include "bridge/adapters/http/stream_body.hpp"
#include "bridge/adapters/http/stream_pacer.hpp"
#include "bridge/core/http/http_message.hpp"

namespace rollcall {

/// What all connections of a server share. The server's thread.
struct ConnectionContext {
  HttpServerSettings settings;
  std::function<void(HttpRequest, HttpAnswer)> handler;
  std::function<void(const std::string& line)> log_error;
  std::shared_ptr<Mailbox> mailbox;
  std::shared_ptr<ReadyStreams> ready_streams;
  AnswerWriter writer{log_error};
  std::vector<char> scratch = std::vector<char>(16384);  ///< for whoever reads just now
};

/// The server's thread. It reads nothing ahead of an answer, so that what a client sends waits in the kernel.
/// `connection.cpp` has the phases, `connection_io.cpp` the transfers.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;

  /// `context` must outlive it. `is_own_user`: the socket was accepted by the Unix socket. `on_close` is
  /// called once, when it has closed.
  Connection(boost::asio::io_context& io, ConnectionContext& context, Descriptor socket, bool is_own_user,
             Tls tls, std::function<void(Connection&)> on_close);

  /// Begins with the first request.
  void start();
  /// Says that there are too many, and ends.
  void turn_away();
  /// Goes on as far as it can without waiting: after news of any kind.
  void go_on();
  /// To be called now and then: ends what takes too long, and keeps silent streams alive.
  void check(Clock::time_point now);
  void close();

  /// True if nothing is lost when it is closed now: it is between requests, or at its end.
  bool is_idle() const;
  /// True while a request is coming in.
  bool is_receiving() const { return phase_ == Phase::receiving && reader_.has_begun(); }
  /// Since when it does what it does.
  Clock::time_point since() const { return since_; }

 private:
  enum class Phase {
    receiving,  ///< a request, or waiting for one
    answering,  ///< the handler has the request
    streaming,
    closing,  ///< what is written is the last; what the client still sends is thrown away
    closed,
  };

  static constexpr std::chrono::seconds kClosingTimeout{2};

  void enter(Phase phase);
  void wait_for(TransferResult::State state);
  /// Each returns false if it can't go on now.
  bool write_out();
  bool receive();
  bool send_stream();
  bool discard_input();
  void take(RequestReader::State state);
  void call_handler();
  void answer(const HttpResponse& response);
  void begin_stream(const HttpResponse& response);
  void after_answer(bool stays_open);
  /// Sends a piece of a stream.
  void send(std::string_view bytes);
  void send_last(const HttpResponse& response);

  ConnectionContext& context_;
  boost::asio::posix::stream_descriptor waiter_;
  ByteSocket socket_;
  const std::string peer_;
  const bool is_own_user_;
  std::function<void(Connection&)> on_close_;
  RequestReader reader_;
  AskedFor asked_;
  std::string out_;           ///< what is being sent
  std::size_t out_sent_ = 0;  ///< how much of it has been
  std::shared_ptr<StreamBody> stream_;
  Phase phase_ = Phase::receiving;
  Clock::time_point since_, deadline_, sent_at_;
  std::size_t discarded_ = 0;
  bool waits_for_read_ = false, waits_for_write_ = false;
  bool is_first_ = true;       ///< no whole request has come yet
  bool has_leftover_ = false;  ///< bytes of the next request may have come with the last one
};

}  // namespace rollcall
