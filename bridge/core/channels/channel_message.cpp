// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/channels/channel_message.hpp"

#include <fmt/format.h>

#include "bridge/core/channels/mail_message.hpp"
#include "bridge/core/channels/webhook_message.hpp"

namespace rollcall {

OutgoingMessage channel_message(const ChannelConfig& channel, const std::string& secret,
                                const NotificationRecord& notification, const std::string& source, Time now) {
  OutgoingMessage message;
  if (channel.webhook) {
    message.what = webhook_message(channel, secret, notification, source, now);
  } else {
    message.what = mail_message(channel, secret, notification, now);
  }
  message.ca_file = channel.ca_file.value_or(std::string());
  message.secret = secret;
  return message;
}

std::string event_source(std::uint64_t instance) {
  return fmt::format("urn:rollcall:bridge:{:016x}", instance);
}

std::string described(const SendResult& result) {
  if (result.code == 0) return result.problem;
  std::string line = std::to_string(result.code);
  if (!result.answer.empty()) line += " " + result.answer;
  if (!result.problem.empty()) line += ": " + result.problem;
  return line;
}

}  // namespace rollcall
