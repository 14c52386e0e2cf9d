// SPDX-License-Identifier: Apache-2.0
// Whether the broker stood still (a paused container, a slow save) or its wall clock was stepped: keepalive
// losses that it finds right after that aren't the devices' fault (lifecycle rule 14). Pure.
#pragma once

#include <optional>

#include "base/time.hpp"

namespace rollcall::plugin {

/// The broker was away for this time, by its monotonic clock.
struct Stall {
  Millis from{0}, until{0};  ///< the same where only the wall clock was stepped
  Millis step{0};            ///< of the wall clock; negative: set back

  bool operator==(const Stall&) const = default;
};

class StallDetector {
 public:
  /// The broker's loop has come round. All versions do so several times a second, however little there is to
  /// do (docs/broker-behaviour.md). Returns what happened since the last time, if anything did.
  std::optional<Stall> ticked(Millis monotonic, Millis wall);

  /// Any other callback: 2.1 ends connections before it ticks. Before the first tick nothing is known.
  std::optional<Stall> called(Millis monotonic, Millis wall);

  /// True once after a step back, until the loop comes round again: 2.1 ticks by the wall clock.
  bool take_stopped_ticks();

 private:
  std::optional<Stall> look(Millis monotonic, Millis wall) const;
  void remember(Millis monotonic, Millis wall);

  std::optional<Millis> last_;  // when the loop came round, or a stall was noticed
  Millis offset_{0};            // wall clock minus monotonic clock then
  bool is_set_back_ = false;
};

}  // namespace rollcall::plugin
