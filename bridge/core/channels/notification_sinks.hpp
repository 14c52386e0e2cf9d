// SPDX-License-Identifier: Apache-2.0
// Several ways for the same notifications.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "bridge/core/notify/notification.hpp"

namespace rollcall {

/// Hands each notification to all, in their order. Pure.
class NotificationSinks final : public NotificationSink {
 public:
  /// They must outlive it.
  explicit NotificationSinks(std::vector<std::reference_wrapper<NotificationSink>> sinks)
      : sinks_(std::move(sinks)) {}

  void notify(const Notification& notification, Time now) override {
    for (NotificationSink& each : sinks_) each.notify(notification, now);
  }

 private:
  std::vector<std::reference_wrapper<NotificationSink>> sinks_;
};

}  // namespace rollcall
