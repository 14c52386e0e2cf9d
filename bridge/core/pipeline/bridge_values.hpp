// SPDX-License-Identifier: Apache-2.0
// Small things that both parts of the bridge, bridge.cpp and bridge_restore.cpp, go by. Internal to them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"

namespace rollcall {

/// The floor of the numbers that are given out from `now` on: microseconds, so that it grows faster than they
/// do. It stands in for a store that was lost.
inline std::uint64_t first_seq_at(Time now) {
  return static_cast<std::uint64_t>(std::max<Millis::rep>(now.time_since_epoch().count(), 0)) * 1000;
}

}  // namespace rollcall
