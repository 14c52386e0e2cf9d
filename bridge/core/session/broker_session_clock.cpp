// SPDX-License-Identifier: Apache-2.0
// The bridge's wall clock beside the plugin's: whether it was set while the bridge was away, and how the
// times of a session move along with it (lifecycle rule 11).
#include <algorithm>

#include "bridge/core/lifecycle/clock_step.hpp"
#include "bridge/core/session/broker_session.hpp"

namespace rollcall {

/// By how much the wall clock was set since the stored last contact with this boot; nothing: it is another
/// one. Less than the tolerance is how two clocks drift apart.
std::optional<Millis> BrokerSession::step_since_stored(const StreamHeader& header, Time now) const {
  if (header.boot != boot_ || !stored_clock_offset_) return std::nullopt;
  constexpr Millis kTolerance{1000};
  const auto plugin_clock = Millis{static_cast<Millis::rep>(header.clock_ms)};
  const auto last_contact = last_contact_.time_since_epoch() - *stored_clock_offset_;
  const auto tolerance = kTolerance + clock_drift(std::max(Millis{0}, plugin_clock - last_contact));
  // The answer was made after the greeting was sent, and before it came.
  const auto most = now.time_since_epoch() - plugin_clock - *stored_clock_offset_;
  const auto least = most - (now - last_progress_);
  const bool is_step = least > tolerance || most < -tolerance;
  return is_step ? most : Millis{0};
}

void BrokerSession::clock_stepped(Millis by) {
  for (Time* time : {&last_received_, &last_progress_, &heard_, &clock_noted_, &news_asked_, &nudged_,
                     &down_at_, &looked_at_, &busy_at_}) {
    move_along(*time, by);
  }
  for (Time& gap : gaps_) move_along(gap, by);
  for (SentRequest& request : sent_) move_along(request.sent_at, by);
  clock_offset_ += by;
  move_stored_times(by);
}

void BrokerSession::correct_stored_times(Millis by, Time now) {
  are_times_corrected_ = true;
  move_stored_times(by);
  last_contact_ = std::min(last_contact_, now);
  if (lost_at_) lost_at_ = std::min(*lost_at_, now);
  // Which of them were told before can't be known: better one twice than one lost.
  if (reports_told_until_ > now) reports_told_until_ = Time::min();
}

void BrokerSession::move_stored_times(Millis by) {
  move_along(last_contact_, by);
  if (lost_at_) move_along(*lost_at_, by);
  move_along(reports_told_until_, by);
  if (stored_clock_offset_) *stored_clock_offset_ += by;
}

}  // namespace rollcall
