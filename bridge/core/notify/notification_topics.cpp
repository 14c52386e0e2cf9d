// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/notify/notification_topics.hpp"

namespace rollcall {

void NotificationTopics::notify(const Notification& notification, Time now) {
  if (notification.incident) {
    publisher_.publish_everywhere(topics_.incident(), to_json(*notification.incident), false);
  } else if (const auto encoded = encode_device(notification.device)) {
    publisher_.publish_everywhere(topics_.notify(*encoded), to_json(notification), false);
  }
  for (NotificationSink* next : next_) next->notify(notification, now);
}

}  // namespace rollcall
