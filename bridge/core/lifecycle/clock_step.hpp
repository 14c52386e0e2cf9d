// SPDX-License-Identifier: Apache-2.0
// A step of the wall clock (lifecycle rule 11): how points in time move along with it.
#pragma once

#include "base/time.hpp"
#include "bridge/core/lifecycle/records.hpp"

namespace rollcall {

/// Moves `time` along with the wall clock. Time::min() and Time::max(), which stand for none, stay.
inline void move_along(Time& time, Millis by) {
  if (time != Time::min() && time != Time::max()) time += by;
}

inline void move_along(OutageRecord& record, Millis by) {
  for (Time* time : {&record.began, &record.back_at, &record.grace_ends}) move_along(*time, by);
  if (!record.stall) return;
  move_along(record.stall->began, by);
  move_along(record.stall->losses_until, by);
}

/// All times of what is stored about a broker, and the difference of the two clocks.
inline void move_along(BrokerRecord& record, Millis by) {
  move_along(record.last_contact, by);
  if (record.lost_at) move_along(*record.lost_at, by);
  if (record.clock_offset) *record.clock_offset += by;
  if (record.outage) move_along(*record.outage, by);
}

}  // namespace rollcall
