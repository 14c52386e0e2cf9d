// SPDX-License-Identifier: Apache-2.0
// Sends webhooks and mails by libcurl, on a thread of its own. Only HTTP and HTTPS, or SMTP and SMTPS, are
// spoken; no proxy is used, whatever the environment says; certificates are checked.
#pragma once

#include <functional>
#include <memory>

#include "bridge/core/channels/sender.hpp"

namespace rollcall {

class CurlSender final : public Sender {
 public:
  /// How a message has ended; called on the sender's thread.
  using Ended = std::function<void(SendResult)>;

  explicit CurlSender(Ended ended);
  /// Breaks off what is under way: nothing is told of that.
  ~CurlSender() override;

  /// Never blocks. Any thread.
  void send(OutgoingMessage message) override;

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace rollcall
