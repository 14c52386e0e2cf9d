// SPDX-License-Identifier: Apache-2.0
// What messages to others are signed and encoded by. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

/// Base64 with padding (RFC 4648 section 4), on one line.
std::string to_base64(std::string_view bytes);

/// Returns the bytes; empty if `text` isn't base64 with its padding.
std::optional<std::string> from_base64(std::string_view text);

/// Returns the 32 bytes of HMAC-SHA256 (RFC 2104, FIPS 180-4).
std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace rollcall
