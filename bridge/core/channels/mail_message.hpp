// SPDX-License-Identifier: Apache-2.0
// A notification as a mail (RFC 5322). Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "bridge/core/channels/sender.hpp"
#include "bridge/core/config/channel_config.hpp"
#include "bridge/core/store/notification_records.hpp"

namespace rollcall {

/// Returns `text` as the value of a header that goes on after `used` bytes of its line: as it is where that
/// is short ASCII, else as encoded words (RFC 2047) on lines of at most 76 bytes. Control characters become
/// blanks, so nothing in it can begin a header of its own.
std::string mail_header_value(std::string_view text, std::size_t used);

/// `password`: what the channel's file holds. The Message-ID is made of the notification's id: a mail that
/// comes twice is the same mail. `now` becomes its date.
OutgoingMail mail_message(const ChannelConfig& channel, std::string_view password,
                          const NotificationRecord& notification, Time now);

}  // namespace rollcall
