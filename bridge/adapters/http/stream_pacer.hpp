// SPDX-License-Identifier: Apache-2.0
// When streams send: at once if it was quiet, and else with pauses, in which writes gather for one transfer.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bridge/adapters/http/mailbox.hpp"

namespace rollcall {

class Connection;

/// Connections whose streams have something to send. Any thread; outlives the server in its streams' hands.
class ReadyStreams {
 public:
  explicit ReadyStreams(std::shared_ptr<Mailbox> mailbox, std::function<void()> on_first)
      : mailbox_(std::move(mailbox)), on_first_(std::move(on_first)) {}

  void add(std::weak_ptr<Connection> connection);
  std::vector<std::weak_ptr<Connection>> take();

 private:
  std::shared_ptr<Mailbox> mailbox_;
  std::function<void()> on_first_;  ///< posted to the server's thread
  std::mutex mutex_;
  std::vector<std::weak_ptr<Connection>> ready_;
};

/// The server's thread. However much is written, a fifth of its time is left for the rest.
class StreamPacer {
 public:
  StreamPacer(boost::asio::io_context& io, std::shared_ptr<Mailbox> mailbox);

  const std::shared_ptr<ReadyStreams>& ready() const { return ready_; }

 private:
  void run();

  boost::asio::steady_timer timer_;
  bool is_waiting_ = false;
  std::shared_ptr<ReadyStreams> ready_;
  std::chrono::steady_clock::time_point not_before_{};
};

}  // namespace rollcall
