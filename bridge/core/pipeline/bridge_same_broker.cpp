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
    if (other < broker) return;
  }
}

void Bridge::give_up(std::uint32_t broker, std::uint32_t same_as, Time now) {
  is_given_up_[broker] = true;
  const auto entry = [&](std::uint32_t each) {
    return "\"" + config_.brokers[each].name + "\" (" + config_.brokers[each].uri + ")";
  };
  ports_.log(BridgePorts::Level::error, "brokers " + entry(same_as) + " and " + entry(broker) +
                                            " are one and the same broker: this bridge serves it as \"" +
                                            config_.brokers[same_as].name +
                                            "\" only. Take one of the two out of \"brokers\", and restart "
                                            "the bridge");
  link_down(broker, now);
  ports_.give_up(broker);
}

}  // namespace rollcall
