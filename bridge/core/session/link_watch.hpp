// SPDX-License-Identifier: Apache-2.0
// Whether a link that is silent is slow or deaf, and whether events get lost on it.
#pragma once

#include <deque>

#include "base/time.hpp"
#include "bridge/core/session/link_traffic.hpp"

namespace rollcall {

/// Pure. Not thread safe.
class LinkWatch {
 public:
  /// True if an answer, awaited since `since`, is late enough to look at what the link moves.
  bool wants_look(Time since, Time now) const;
  /// When wants_look() will be true.
  Time next_look(Time since) const;
  /// What the link has moved by now. While bytes go either way a late answer is no sign of anything.
  void look(const LinkTraffic& traffic, Time since, Time now);
  /// When bytes were last seen to move.
  Time busy_at() const { return busy_at_; }

  void heard(Time now) { heard_at_ = now; }
  /// True if nothing has come and nothing has moved for as long as the link's keepalive.
  bool is_deaf(Time now) const;

  /// Notes that messages were lost. Returns true once: when it happens again and again.
  bool note_gap(Time now);

  /// The wall clock was set by `by`.
  void clock_stepped(Millis by);

 private:
  LinkTraffic traffic_{};
  Time looked_at_{}, busy_at_{}, heard_at_{};
  std::deque<Time> gaps_;  // the latest
  bool are_gaps_known_ = false;
};

}  // namespace rollcall
