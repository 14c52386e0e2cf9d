// SPDX-License-Identifier: Apache-2.0
// What a link to a broker has moved: by that a session tells a slow link from a dead one.
#pragma once

#include <cstdint>

namespace rollcall {

/// What a link has moved since it is up.
struct LinkTraffic {
  std::uint64_t received = 0, delivered = 0;  ///< bytes; delivered: that the other end has confirmed
  bool has_undelivered = false;               ///< something that was sent isn't confirmed yet
};

}  // namespace rollcall
