// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/channels/message_values.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace rollcall {
namespace {

/// How long a receiver that closes alerts by itself is to keep one open.
constexpr Millis kOpenFor = std::chrono::days{30};

std::string title_of(const Notification& notification) {
  if (notification.incident) {
    const Incident& incident = *notification.incident;
    return fmt::format("{} devices lost at {} {}{}", incident.devices, to_string(incident.kind),
                       incident.what,
                       incident.ended ? fmt::format(": over, {} are back", incident.back) : std::string());
  }
  return fmt::format("{}: {}", notification.device, notification.label);
}

}  // namespace

Notification notification_of(const IncidentNotice& notice) {
  Notification told;
  told.id = id_of(notice);
  told.kind = Notification::Kind::incident_ended;
  told.text = fmt::format("broker {} was away: {}", notice.broker, summary_of(notice));
  told.at = notice.at;
  told.count = notice.affected;
  auto& incident = told.incident.emplace();
  incident.id = told.id;
  incident.what = notice.broker;
  incident.began = notice.began;
  incident.ended = notice.ended;
  incident.devices = notice.affected;
  incident.back = notice.back;
  return told;
}

NotificationRecord record_of(const Notification& notification) {
  NotificationRecord record;
  record.id = notification.id;
  record.kind = to_string(notification.kind);
  record.subject = notification.incident ? "incident/" + notification.incident->id : notification.device;
  record.device = notification.device;
  record.status = notification.status;
  record.label = notification.label;
  record.previous = notification.previous;
  record.cause = notification.cause;
  record.template_name = notification.template_name;
  record.title = title_of(notification);
  record.text = notification.text;
  record.at = notification.at;
  record.count = notification.count;
  record.payload = notification.incident ? to_json(*notification.incident) : to_json(notification);
  return record;
}

bool is_good_news(const NotificationRecord& notification) {
  return notification.kind == "recovery" || notification.kind == "incident_ended" ||
         notification.status == "online";
}

std::string value_of(const NotificationRecord& notification, std::string_view placeholder) {
  using Text = std::string NotificationRecord::*;
  static constexpr std::array<std::pair<std::string_view, Text>, 11> kTexts{
      {{"text", &NotificationRecord::text},
       {"title", &NotificationRecord::title},
       {"device", &NotificationRecord::device},
       {"label", &NotificationRecord::label},
       {"status", &NotificationRecord::status},
       {"previous", &NotificationRecord::previous},
       {"cause", &NotificationRecord::cause},
       {"template", &NotificationRecord::template_name},
       {"kind", &NotificationRecord::kind},
       {"subject", &NotificationRecord::subject},
       {"id", &NotificationRecord::id}}};
  for (const auto& [name, text] : kTexts) {
    if (name == placeholder) return notification.*text;
  }
  if (placeholder == "count") return std::to_string(notification.count);
  if (placeholder == "action") return is_good_news(notification) ? "resolve" : "trigger";
  if (placeholder == "at") return format_rfc3339(notification.at);
  if (placeholder == "ends")
    return format_rfc3339(is_good_news(notification) ? notification.at : notification.at + kOpenFor);
  return {};
}

}  // namespace rollcall
