// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/plugin_clock.hpp"

#include <algorithm>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {
namespace {

/// How far two clocks may have come apart in this time.
Millis drift(Millis time) {
  constexpr int kDriftPerMillion = 200;
  return time * kDriftPerMillion / 1'000'000;
}

}  // namespace

void PluginClock::note(Millis plugin_time, Time now, bool is_anew) {
  const auto offset = now.time_since_epoch() - plugin_time;
  if (is_anew || !is_known_) {
    offset_ = offset;
    is_known_ = true;
  } else {
    // It may grow as fast as two clocks drift apart.
    const auto most = drift(now - noted_at_);
    offset_ = std::min(offset_ + most, offset);
    if (most.count() == 0) return;
  }
  noted_at_ = now;
}

void PluginClock::note_answer(Millis plugin_time, Time asked_at) {
  offset_ = std::max(offset_, asked_at.time_since_epoch() - plugin_time);
}

Time PluginClock::wall(Millis plugin_time, Time now) const {
  return std::min(Time{offset_ + plugin_time}, now);
}

std::optional<Millis> PluginClock::step_since(Time last_contact, Millis plugin_time, Time asked_at,
                                              Time now) const {
  if (!stored_offset_) return std::nullopt;
  constexpr Millis kTolerance{1000};
  const auto contact = last_contact.time_since_epoch() - *stored_offset_;
  // Less than the tolerance is how two clocks drift apart.
  const auto tolerance = kTolerance + drift(std::max(Millis{0}, plugin_time - contact));
  // The answer was made after the greeting was sent, and before it came.
  const auto most = now.time_since_epoch() - plugin_time - *stored_offset_;
  const auto least = most - (now - asked_at);
  const bool is_step = least > tolerance || most < -tolerance;
  return is_step ? most : Millis{0};
}

void PluginClock::clock_stepped(Millis by) {
  move_along(noted_at_, by);
  offset_ += by;
}

void PluginClock::move_stored(Millis by) {
  if (stored_offset_) *stored_offset_ += by;
}

}  // namespace rollcall
