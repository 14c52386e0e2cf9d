// SPDX-License-Identifier: Apache-2.0
// Two entries of "brokers" that lead to one broker, which the configuration can't always show.
#include <algorithm>

#include "bridge/core/pipeline/bridge.hpp"

namespace rollcall {

/// A boot is one process of one broker. Its links have one client id, so each would be thrown out by the
/// other: the entry that stands first is served.
void Bridge::refuse_what_is_served(std::uint32_t broker, std::uint64_t boot, Time now) {
  for (std::uint32_t other = 0; other < sessions_.size(); ++other) {
    if (other == broker || is_given_up_[other] || sessions_[other]->boot_at_the_link(now) != boot) continue;
    give_up(std::max(broker, other), std::min(broker, other), now);
    if (other > broker) continue;
    sessions_[other]->greet_anew(now);
    return;
  }
}

void Bridge::give_up(std::uint32_t broker, std::uint32_t same_as, Time now) {
  is_given_up_[broker] = true;
  log_.same_broker(same_as, broker);
  // At once, whatever waits: the rest of what this one tells has been told by the other one.
  inboxes_[broker].clear();
  sessions_[broker]->link_down(now);
  stale_.link_down(broker);
  take_events(broker, now, most_events_);
  ports_.give_up(broker);
}

}  // namespace rollcall
