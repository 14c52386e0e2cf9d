// SPDX-License-Identifier: Apache-2.0
// The address of a Unix socket.
#pragma once

#include <cstring>
#include <string>

#include <fmt/format.h>
#include <sys/un.h>

#include "base/result.hpp"

namespace rollcall {

/// The error says that the path is too long.
inline Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(fmt::format("\"{}\" is too long a path for a socket ({} bytes at most)", path,
                            sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

}  // namespace rollcall
