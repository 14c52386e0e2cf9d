// SPDX-License-Identifier: Apache-2.0
// A notification as the message that a channel sends, whichever kind of channel it is. Pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"
#include "bridge/core/channels/sender.hpp"
#include "bridge/core/config/channel_config.hpp"
#include "bridge/core/store/notification_records.hpp"

namespace rollcall {

/// `secret`: what the channel's file holds; empty: it has none. `source`: the bridge, as events name it. The
/// number is left to the caller.
OutgoingMessage channel_message(const ChannelConfig& channel, const std::string& secret,
                                const NotificationRecord& notification, const std::string& source, Time now);

/// How events name the bridge of a store.
std::string event_source(std::uint64_t instance);

/// For people: the answer to a message, or why there was none.
std::string described(const SendResult& result);

}  // namespace rollcall
