// SPDX-License-Identifier: Apache-2.0
// What the system knows of a TCP connection.
#pragma once

#include <cstdint>

#include "bridge/core/session/link_traffic.hpp"

namespace rollcall {

enum class TcpState : std::uint8_t {
  established,
  ended_here,  ///< this end has closed it, the other hasn't (yet)
  other        ///< the other end has closed it, it broke, or it isn't a TCP connection
};

TcpState tcp_state(int socket);

/// Of a connected socket; nothing moved where the system doesn't tell.
LinkTraffic tcp_traffic(int socket);

}  // namespace rollcall
