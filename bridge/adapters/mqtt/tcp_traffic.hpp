// SPDX-License-Identifier: Apache-2.0
// What a TCP connection has moved, as the system counts it.
#pragma once

#include "bridge/core/session/broker_session.hpp"

namespace rollcall {

/// Of a connected socket; nothing moved where the system doesn't tell.
LinkTraffic tcp_traffic(int socket);

}  // namespace rollcall
