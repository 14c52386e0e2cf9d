// SPDX-License-Identifier: Apache-2.0
// MQTT 5's reason codes in words.
#pragma once

#include <string>

namespace rollcall {

/// Codes from here on say that something failed.
inline constexpr int kFirstFailure = 0x80;

/// "Not authorized"; of a code that MQTT doesn't define: "reason 0x..".
std::string reason_text(int code);

}  // namespace rollcall
