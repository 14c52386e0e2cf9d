// SPDX-License-Identifier: Apache-2.0
// The text of a notification with its placeholders, such as "{device} is {label}".
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace rollcall {

/// What a status says where it has no text of its own.
inline constexpr std::string_view kDefaultNotifyText = "{device} is {label} since {since} ({cause})";

/// The error names the first placeholder that there is none of, and those that there are.
Result<void> check_notify_text(std::string_view text);

/// Returns the text with each placeholder replaced by what `value_of` returns for its name. What isn't one of
/// the placeholders stays.
std::string fill_notify_text(std::string_view text,
                             const std::function<std::string(std::string_view name)>& value_of);

}  // namespace rollcall
