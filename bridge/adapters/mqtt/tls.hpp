// SPDX-License-Identifier: Apache-2.0
// TLS, as far as Paho doesn't do it: files are checked before they are used, and a handshake that failed is
// explained.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "bridge/core/config/config.hpp"

namespace rollcall {

/// Reads all files that it names. The error begins with the place in the configuration, if it is given, and
/// says what is wrong with the file: it can't be read, holds no certificate or no key, or the two don't
/// belong together.
Result<void> check_tls_files(const TlsConfig& tls, const TlsPlaces& places = {});

/// Shakes hands over a connected, blocking socket as a client of `host` does. Returns why that fails; nothing
/// if it doesn't. Waits as long as the socket's time limits allow.
std::optional<std::string> why_no_tls(int socket, const std::string& host, const TlsConfig& tls);

}  // namespace rollcall
