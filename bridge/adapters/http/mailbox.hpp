// SPDX-License-Identifier: Apache-2.0
// The way of other threads into the server's: what they post runs there, until the server stops.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace rollcall {

/// Any thread. Outlives the server in the hands of those who have answers to give.
class Mailbox {
 public:
  explicit Mailbox(boost::asio::io_context& io) : io_(&io) {}

  /// Runs it on the server's thread, never within this call. Dropped once it is closed.
  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    if (io_ != nullptr) boost::asio::post(*io_, std::move(work));
  }
  /// Before the io_context goes.
  void close() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
  }

 private:
  std::mutex mutex_;
  boost::asio::io_context* io_;
};

}  // namespace rollcall
