// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/channels/mail_message.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "base/signing.hpp"
#include "base/utf8.hpp"
#include "bridge/core/channels/message_values.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kLineBytes = 76;
constexpr const char* kLineEnd = "\r\n";

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7F'; }) &&
         text.find("=?") == std::string_view::npos;
}

/// "Mon, 30 Nov 2026 09:24:11 +0000" (RFC 5322 section 3.3).
std::string mail_date(Time time) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_days days{std::chrono::floor<std::chrono::days>(time.time_since_epoch())};
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss clock{
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch() - days.time_since_epoch())};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
                     kDays.at(std::chrono::weekday{days}.c_encoding()), static_cast<unsigned>(date.day()),
                     kMonths.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string domain_of(std::string_view address) { return std::string(address.substr(address.find('@') + 1)); }

/// For people: the text, then what it is about.
std::string body_of(const NotificationRecord& notification) {
  std::string body = notification.text + "\n\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) body += fmt::format("{}: {}\n", name, value);
  };
  add("Device", notification.device);
  add("Status", notification.label);
  add("Since", format_rfc3339(notification.at));
  add("Cause", notification.cause);
  add("Template", notification.template_name);
  if (notification.count > 1) add("Events", std::to_string(notification.count));
  return body;
}

std::string base64_lines(std::string_view text) {
  const auto encoded = to_base64(text);
  std::string lines;
  for (std::size_t at = 0; at < encoded.size(); at += kLineBytes) {
    lines += std::string_view(encoded).substr(at, kLineBytes);
    lines += kLineEnd;
  }
  return lines;
}

}  // namespace

std::string mail_header_value(std::string_view text, std::size_t used) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; },
      ' ');
  if (is_plain(clean) && used + clean.size() <= kLineBytes) return clean;
  constexpr std::string_view kBegin = "=?UTF-8?B?";
  constexpr std::string_view kEnd = "?=";
  std::string value;
  for (auto rest = std::string_view(clean); !rest.empty();) {
    const auto room = kLineBytes - used - kBegin.size() - kEnd.size();
    // A byte that isn't UTF-8 must not stop it.
    const auto part = rest.substr(0, std::max<std::size_t>(utf8_prefix(rest, room / 4 * 3).size(), 1));
    if (!value.empty()) value += "\r\n ";
    value += kBegin;
    value += to_base64(part);
    value += kEnd;
    rest.remove_prefix(part.size());
    used = 1;
  }
  return value;
}

OutgoingMail mail_message(const ChannelConfig& channel, std::string_view password,
                          const NotificationRecord& notification, Time now) {
  const MailConfig& mail = *channel.mail;
  OutgoingMail message;
  const bool is_ipv6 = mail.host.find(':') != std::string::npos;
  message.url = fmt::format("{}://{}{}{}:{}", mail.is_tls ? "smtps" : "smtp", is_ipv6 ? "[" : "", mail.host,
                            is_ipv6 ? "]" : "", mail.port);
  message.from = mail.from;
  message.to = mail.to;
  message.username = mail.username;
  if (!mail.username.empty()) message.password = password;
  const auto add = [&](std::string_view name, std::string_view value) {
    message.text += fmt::format("{}: {}{}", name, value, kLineEnd);
  };
  const auto subject = mail.subject.fill([&](std::string_view name) { return value_of(notification, name); });
  add("Date", mail_date(now));
  add("From", mail.from);
  add("To", fmt::format("{}", fmt::join(mail.to, ",\r\n ")));
  add("Subject", mail_header_value(subject, std::string_view("Subject: ").size()));
  add("Message-ID", fmt::format("<{}@{}>", notification.id, domain_of(mail.from)));
  add("Auto-Submitted", "auto-generated");
  add("MIME-Version", "1.0");
  add("Content-Type", "text/plain; charset=utf-8");
  add("Content-Transfer-Encoding", "base64");
  message.text += kLineEnd;
  message.text += base64_lines(body_of(notification));
  return message;
}

}  // namespace rollcall
