// SPDX-License-Identifier: Apache-2.0
// The bridge's one clock (lifecycle rule 11): UTC as it was when the bridge started, plus the time that has
// passed since. It never jumps, whatever becomes of the system's clock, and it goes on while the machine
// sleeps. One thread.
#pragma once

#include "topics/time.hpp"

namespace rollcall {

class Clock {
 public:
  Clock();
  Time now() const;

  /// How far the system's clock is ahead of this one by now: it has been set since, if that is much.
  Millis system_clock_ahead_by() const;

 private:
  Millis start_;  // UTC minus boot time
};

}  // namespace rollcall
