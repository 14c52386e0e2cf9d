// SPDX-License-Identifier: Apache-2.0
// Keeps Paho's two threads awake. They serve all connections of the process, and as Debian has them (1.3.12)
// - the receiver, after a second in which nothing came, sleeps 100 ms, whatever comes meanwhile;
// - the receiver sees a new connection, and goes on with a write that the network didn't take at once, only
//   when something else comes;
// - the sender misses a wakeup that comes while it is about to wait, and then sleeps for up to a second.
// So this makes a Paho connection from this process to itself, on loopback, by which either can be woken.
#pragma once

#include <array>
#include <chrono>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace mqtt {
class async_client;
}

namespace rollcall {

/// One for the process, on the io_context's thread. Nothing works worse without it than Paho does by itself.
class Bell {
 public:
  explicit Bell(boost::asio::io_context& io);
  ~Bell();
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  /// Both look at what there is to do, now. Nothing until the connection is there, which takes up to 0.3 s.
  void ring();

 private:
  void accept();
  void discard();
  void ring_receiver();
  void keep_ringing();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::array<char, 512> discarded_{};
  mqtt::async_client* client_ = nullptr;  ///< never deleted: that would wait a second for Paho's threads
};

}  // namespace rollcall
