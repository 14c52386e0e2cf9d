// SPDX-License-Identifier: Apache-2.0
// What a notification about one device says to people.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/notify/notification.hpp"

namespace rollcall {

/// `text`: of the status, for notifications of that kind; empty: the default. A recovery and a summary have
/// words of their own. `url`: of the device's page; empty: not known.
std::string text_of(const Notification& notification, std::string_view text, std::optional<Time> last_seen,
                    std::string_view url);

}  // namespace rollcall
