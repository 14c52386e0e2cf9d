// SPDX-License-Identifier: Apache-2.0
// Where notifications go, as rollcall.json says it under `channels`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bridge/core/config/message_template.hpp"

namespace rollcall {

/// An HTTP server that is told by a request for each notification.
struct WebhookConfig {
  MessageTemplate address;
  std::string host;  ///< of the address: all of it that may be shown to anybody
  std::string method = "POST";
  std::string content_type;             ///< empty: that of the body that is made without `body`
  std::optional<MessageTemplate> body;  ///< nothing: a CloudEvent
  std::vector<std::pair<std::string, MessageTemplate>> headers;
  bool is_secret_used = false;  ///< in one of these, as {secret}; else it signs what is sent
};

/// A mail server, and whom it is to send to.
struct MailConfig {
  std::string host;
  std::uint16_t port = 0;
  bool is_tls = false;  ///< from the first byte on; else STARTTLS
  std::string from;
  std::vector<std::string> to;
  std::string username;  ///< empty: no login
  MessageTemplate subject;
};

/// Either webhook or mail is there.
struct ChannelConfig {
  std::string name;
  std::optional<WebhookConfig> webhook;
  std::optional<MailConfig> mail;
  std::optional<std::string> secret_file;  ///< of a webhook its secret, of mail the password
  std::string secret_place;                ///< where that stands, "file:line:column: path"
  std::optional<std::string> ca_file;      ///< PEM; nothing: the system's authorities
  std::string ca_place;                    ///< where that stands

  /// True if what is sent is signed with the secret.
  bool is_signed() const { return webhook && secret_file && !webhook->is_secret_used; }
  const std::string& host() const { return webhook ? webhook->host : mail->host; }
};

}  // namespace rollcall
