// SPDX-License-Identifier: Apache-2.0
// Hands messages to a library that writes them on a thread of its own, one at a time, and only while the
// network takes them at once: what it has when a connection ends, it leaks; one that stays unwritten tells
// that it sleeps; and while one waits for the network, it hardly reads. The rest waits here, in order. That
// costs no time: the library's own thread takes the next one when it has written one.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include <mqtt/message.h>

namespace rollcall {

/// Any thread. Nothing here waits for anything but `send`.
class Pacer {
 public:
  using MayBeSent = std::function<bool(const mqtt::const_message_ptr&)>;
  /// Hands one to the library. False: it is lost, and written() isn't called for it.
  using Send = std::function<bool(const mqtt::const_message_ptr&)>;
  Pacer(MayBeSent may_be_sent, Send send) : may_be_sent_(std::move(may_be_sent)), send_(std::move(send)) {}

  /// Sent now, or as soon as what went before is written and it may be sent.
  void publish(mqtt::const_message_ptr message);

  /// The library has written one, or dropped it. It may say so before `send` returns, on another thread, but
  /// not from within `send`.
  void written();

  /// Looks again whether the next one may be sent.
  void look_again();

  /// Nothing is sent any more; what waits is dropped.
  void close();

  /// True if all that was published is written.
  bool is_idle() const;

 private:
  void send_next();

  const MayBeSent may_be_sent_;
  const Send send_;
  mutable std::mutex mutex_;
  std::deque<mqtt::const_message_ptr> waiting_;
  bool is_sending_ = false, is_closed_ = false;
};

}  // namespace rollcall
