// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/notify/notice_text.hpp"

#include "bridge/core/config/notify_text.hpp"

namespace rollcall {
namespace {

constexpr std::string_view kRecovery = "{device} is {label} again since {since}";
constexpr std::string_view kFlapping =
    "{device} was flapping and is steady now: {label} since {since} ({count} more held back)";

/// To the second.
std::string format_time(Time time) {
  auto text = format_rfc3339(time);
  text.replace(text.size() - 5, 5, "Z");
  return text;
}

}  // namespace

std::string text_of(const Notification& notification, std::string_view text, std::optional<Time> last_seen,
                    std::string_view url) {
  if (notification.kind == Notification::Kind::recovery) {
    text = kRecovery;
  } else if (notification.kind == Notification::Kind::flapping) {
    text = kFlapping;
  } else if (text.empty()) {
    text = kDefaultNotifyText;
  }
  return fill_notify_text(text, [&](std::string_view name) -> std::string {
    if (name == "device") return notification.device;
    if (name == "label") return notification.label;
    if (name == "status") return notification.status;
    if (name == "previous") return notification.previous;
    if (name == "cause") return notification.cause;
    if (name == "since") return format_time(notification.at);
    if (name == "template") return notification.template_name;
    if (name == "count") return std::to_string(notification.count);
    if (name == "url") return std::string(url);
    return !last_seen || *last_seen == Time::min() ? "never" : format_time(*last_seen);
  });
}

}  // namespace rollcall
