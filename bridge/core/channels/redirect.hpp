// SPDX-License-Identifier: Apache-2.0
// Where a webhook may be sent on to. Pure functions.
#pragma once

#include <string_view>

namespace rollcall {

/// True if a request to `from` may be sent to `to` too, because that is the same server: the same host, and
/// the same scheme and port or HTTPS on its own port. Else whoever answers would get what is secret.
bool may_follow(std::string_view from, std::string_view to);

}  // namespace rollcall
