// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rollcall::bench {

/// Timers beside std::multimap, with so many of them set: what setting, setting anew, cancelling and coming
/// due cost, and the memory of each.
void register_timers(std::int64_t timers);

}  // namespace rollcall::bench
