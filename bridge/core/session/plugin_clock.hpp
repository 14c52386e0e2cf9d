// SPDX-License-Identifier: Apache-2.0
// The plugin's monotonic clock beside the bridge's wall clock. Each message says what the plugin's clock was
// when it was made; the least difference is that of the message with the least delay. Across a death of the
// bridge the stored difference tells whether the wall clock was set meanwhile (lifecycle rule 11).
#pragma once

#include <optional>

#include "base/time.hpp"

namespace rollcall {

/// Pure. Not thread safe.
class PluginClock {
 public:
  /// The difference that was stored with the last contact; of a boot that may be over.
  void restore(std::optional<Millis> stored_offset) { stored_offset_ = stored_offset; }

  /// A message came that was made at `plugin_time`. `is_anew`: what was known by now doesn't count, because
  /// the plugin may be another one.
  void note(Millis plugin_time, Time now, bool is_anew);
  /// A message that was made at `plugin_time` answers a request of `asked_at`, so it wasn't made before that.
  void note_answer(Millis plugin_time, Time asked_at);

  /// When that was by the wall clock; never after `now`.
  Time wall(Millis plugin_time, Time now) const;
  /// What the plugin's clock said at that time.
  Millis plugin_time(Time wall) const { return wall.time_since_epoch() - offset_; }

  /// By how much the wall clock was set since `last_contact`, a stored time; zero if it wasn't. The answer
  /// that came now was made at `plugin_time`, by the same boot, after `asked_at`. Empty: nothing was
  /// restored.
  std::optional<Millis> step_since(Time last_contact, Millis plugin_time, Time asked_at, Time now) const;

  /// Wall time minus the plugin's time, to be stored; empty: not known.
  std::optional<Millis> offset() const { return is_known_ ? std::optional(offset_) : stored_offset_; }

  /// The wall clock was set by `by`.
  void clock_stepped(Millis by);
  void move_stored(Millis by);

 private:
  bool is_known_ = false;
  Millis offset_{0};  // wall time minus the plugin's
  Time noted_at_{};
  std::optional<Millis> stored_offset_;
};

}  // namespace rollcall
