// SPDX-License-Identifier: Apache-2.0
// Publishes notifications and incidents at the brokers.
#pragma once

#include "bridge/core/notify/notification.hpp"
#include "bridge/core/pipeline/publisher.hpp"
#include "topics/names.hpp"

namespace rollcall {

/// Publishes on ds/notify/{device} and ds/incident, and hands over to the next sink. On the bridge's thread.
class NotificationTopics final : public NotificationSink {
 public:
  /// All must outlive this. `next` may be nullptr: nobody else is told.
  NotificationTopics(const TopicNames& topics, Publisher& publisher, NotificationSink* next = nullptr)
      : topics_(topics), publisher_(publisher), next_(next) {}

  void set_next(NotificationSink& next) { next_ = &next; }

  void notify(const Notification& notification, Time now) override;

 private:
  const TopicNames& topics_;
  Publisher& publisher_;
  NotificationSink* next_;
};

}  // namespace rollcall
