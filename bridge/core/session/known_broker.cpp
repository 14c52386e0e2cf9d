// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/known_broker.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {

void KnownBroker::restore(const BrokerRecord& record, std::map<std::uint64_t, std::string> live_connections) {
  boot = record.boot;
  through = record.known_through;
  stall = record.known_stall;
  last_contact = record.last_contact;
  lost_at = record.lost_at.value_or(record.last_contact);
  live = std::move(live_connections);
  // Which reports were told isn't stored, only until when; the clocks of then and now may differ by some
  // milliseconds. Better one twice than one never.
  constexpr Millis kMargin{1000};
  reports_told_until = record.last_contact - kMargin;
}

void KnownBroker::store(BrokerRecord& record) const {
  record.boot = boot;
  record.known_through = through;
  record.known_stall = stall;
  record.last_contact = last_contact;
  record.lost_at = lost_at;
}

void KnownBroker::begin_boot(std::uint64_t new_boot, Time started) {
  live.clear();
  through = reports = 0;
  stall = Millis{0};
  boot = new_boot;
  is_new_boot = true;
  // Should this one be lost before it has told anything, nothing of it is known but that it began.
  lost_at = started;
}

void KnownBroker::move_times(Millis by) {
  move_along(last_contact, by);
  if (lost_at) move_along(*lost_at, by);
  move_along(reports_told_until, by);
}

void KnownBroker::correct_stored_times(Millis by, Time now) {
  are_times_stored = false;
  move_times(by);
  last_contact = std::min(last_contact, now);
  if (lost_at) lost_at = std::min(*lost_at, now);
  // Which of them were told before can't be known: better one twice than one lost.
  if (reports_told_until > now) reports_told_until = Time::min();
}

}  // namespace rollcall
