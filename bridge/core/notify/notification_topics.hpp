// SPDX-License-Identifier: Apache-2.0
// Publishes notifications and incidents at the brokers.
#pragma once

#include <vector>

#include "bridge/core/notify/notification.hpp"
#include "bridge/core/pipeline/publisher.hpp"
#include "topics/names.hpp"

namespace rollcall {

/// Publishes on ds/notify/{device} and ds/incident, and hands over to the next sinks. On the bridge's thread.
class NotificationTopics final : public NotificationSink {
 public:
  /// Both must outlive this.
  NotificationTopics(const TopicNames& topics, Publisher& publisher)
      : topics_(topics), publisher_(publisher) {}

  /// It gets each notification too, once that is published. It must outlive this.
  void add_next(NotificationSink& next) { next_.push_back(&next); }

  void notify(const Notification& notification, Time now) override;

 private:
  const TopicNames& topics_;
  Publisher& publisher_;
  std::vector<NotificationSink*> next_;
};

}  // namespace rollcall
