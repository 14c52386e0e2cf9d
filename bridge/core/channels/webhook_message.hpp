// SPDX-License-Identifier: Apache-2.0
// A notification as an HTTP request: a CloudEvent, or what the channel's own body says. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "bridge/core/channels/sender.hpp"
#include "bridge/core/config/channel_config.hpp"
#include "bridge/core/store/notification_records.hpp"

namespace rollcall {

/// Returns the key that a secret of Standard Webhooks holds: whsec_ and the base64 of 24 to 64 bytes. The
/// error says what would be right, and nothing of the secret.
/// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
Result<std::string> signing_key(std::string_view secret);

/// A CloudEvent 1.0 in the structured mode of its JSON format, with the notification's payload as its data.
/// `source`: the bridge. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
std::string cloud_event(const NotificationRecord& notification, std::string_view source);

/// `secret`: what the channel's file holds; empty: it has none. Where the channel is signed, it is one that
/// signing_key() takes, and `now` becomes the signature's time.
OutgoingRequest webhook_message(const ChannelConfig& channel, std::string_view secret,
                                const NotificationRecord& notification, std::string_view source, Time now);

}  // namespace rollcall
