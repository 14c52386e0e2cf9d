// SPDX-License-Identifier: Apache-2.0
// How often what has happened at one broker, since the bridge started.
#pragma once

#include <cstdint>

namespace rollcall {

struct BrokerCounts {
  std::uint64_t connects = 0, disconnects = 0, reports = 0, activities = 0,
                declarations = 0;  ///< that were told
  std::uint64_t gaps = 0;          ///< in the event stream
  std::uint64_t snapshots = 0;     ///< of who is connected, that were complete
  std::uint64_t outages = 0;
};

}  // namespace rollcall
