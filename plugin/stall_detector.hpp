// SPDX-License-Identifier: Apache-2.0
// Notices when the broker stood still (a paused container, a slow save) or its wall clock was stepped. The
// keepalives that it finds run out right after that aren't the devices' fault (lifecycle rule 14).
#pragma once

#include <optional>

#include "base/time.hpp"

namespace rollcall::plugin {

/// A time in which the broker was away, by its monotonic clock.
struct Stall {
  Millis from{0}, until{0};  ///< the same where only the wall clock was stepped
  Millis step{0};            ///< of the wall clock; negative: set back

  bool operator==(const Stall&) const = default;
};

class StallDetector {
 public:
  /// The broker has ticked, as it does several times a second, however little there is to do
  /// (docs/broker-behaviour.md). Returns a stall since the last call; empty if there was none.
  std::optional<Stall> ticked(Millis monotonic, Millis wall);

  /// Another callback has come: 2.1 ends connections before it ticks. Returns likewise; always empty before
  /// the first tick.
  std::optional<Stall> called(Millis monotonic, Millis wall);

  /// True once after the wall clock was set back, until the next tick: 2.1 ticks by the wall clock, and so
  /// has stopped.
  bool take_stopped_ticks();

 private:
  std::optional<Stall> look(Millis monotonic, Millis wall) const;
  void remember(Millis monotonic, Millis wall);

  std::optional<Millis> last_;  // tick, or when a stall was noticed
  Millis offset_{0};            // wall clock minus monotonic clock then
  bool is_set_back_ = false;
};

}  // namespace rollcall::plugin
