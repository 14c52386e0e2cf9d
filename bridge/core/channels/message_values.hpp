// SPDX-License-Identifier: Apache-2.0
// A notification as a record for the store, and as values for the placeholders of messages. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "bridge/core/notify/notification.hpp"
#include "bridge/core/store/notification_records.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

/// Returns what is kept and sent of it.
NotificationRecord record_of(const Notification& notification);
/// An outage of a broker, as an incident that is over; for no channel.
Notification notification_of(const IncidentNotice& notice);

/// True if it says that something is well again: a recovery, the end of an incident, a device that is online.
bool is_good_news(const NotificationRecord& notification);

/// Returns what the placeholder of this name stands for (docs/notifications.md), but for {secret}.
std::string value_of(const NotificationRecord& notification, std::string_view placeholder);

}  // namespace rollcall
