// SPDX-License-Identifier: Apache-2.0
// The answer that somebody still has to give.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "bridge/adapters/http/mailbox.hpp"
#include "bridge/core/http/http_message.hpp"

namespace rollcall {

/// Any thread. Only the first answer counts. If nobody has kept it, and none was given, it is a 500: no
/// client waits forever.
class PendingAnswer {
 public:
  using Take = std::function<void(const HttpResponse&)>;

  /// `take` is called on the server's thread.
  PendingAnswer(std::shared_ptr<Mailbox> mailbox, Take take)
      : mailbox_(std::move(mailbox)), take_(std::move(take)) {}
  ~PendingAnswer();
  PendingAnswer(const PendingAnswer&) = delete;
  PendingAnswer& operator=(const PendingAnswer&) = delete;

  void give(HttpResponse response);

 private:
  std::shared_ptr<Mailbox> mailbox_;
  Take take_;
  std::atomic<bool> is_given_ = false;
};

}  // namespace rollcall
