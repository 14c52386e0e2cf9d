// SPDX-License-Identifier: Apache-2.0
// One socket that listens: what it takes to have it, and to keep accepting.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/result.hpp"
#include "bridge/adapters/http/descriptor.hpp"

namespace rollcall {

/// One thread, its io_context's.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  struct Work {
    std::string name;  ///< for the log, such as "127.0.0.1:8080"
    std::function<Result<Descriptor>()> open;
    std::function<void(Descriptor)> on_accept;  ///< sockets that don't block
    std::function<void(bool is_error, const std::string& line)> log;
    std::chrono::milliseconds again_after;  ///< when to try again if it can't be opened
  };

  Listener(boost::asio::io_context& io, Work work) : socket_(io), timer_(io), work_(std::move(work)) {}

  /// Listens now, or as soon as that is possible. The log has a line when it isn't, and one when it is again.
  void start();
  void close();
  /// Returns where it listens, such as "127.0.0.1:41233"; empty: nowhere, or by a Unix socket.
  const std::string& address() const { return address_; }
  bool is_open() const { return socket_.is_open(); }

 private:
  using Clock = std::chrono::steady_clock;

  void call_after(std::chrono::milliseconds pause, void (Listener::*step)());
  void wait();
  void accept_waiting();
  void log_failed_accept(int reason);

  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer timer_;
  Work work_;
  std::string address_;
  bool is_closed_ = false, has_failed_ = false;
  Clock::time_point log_again_at_{};
};

}  // namespace rollcall
