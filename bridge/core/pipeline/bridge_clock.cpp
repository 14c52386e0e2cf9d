// SPDX-License-Identifier: Apache-2.0
// Steps of the wall clock (lifecycle rule 11), seen while the bridge runs or against a plugin's clock when it
// starts.
#include <algorithm>

#include "bridge/core/lifecycle/clock_step.hpp"
#include "bridge/core/pipeline/bridge.hpp"

namespace rollcall {

void Bridge::clock_stepped(Millis by, Time now) {
  carry_out(engine_.clock_stepped(by, now));
  for (const auto& session : sessions_) session->clock_stepped(by);
  for (Inbox& inbox : inboxes_) inbox.clock_stepped(by);
  checkpoint_.clock_stepped(by);
  move_along(since_, by);
  fleet_.clock_stepped(by);
  fleet_history_.clock_stepped(by, now);
  contacts_.clock_stepped(by);
  for (Feature* feature : features_) feature->clock_stepped(by, now);
  move_along(bridge_published_, by);
  log_.move_times(by);
  if (behind_since_) move_along(*behind_since_, by);
  newcomers_.move_times(by);
  stale_.clock_stepped(by);
  log_.clock_stepped(by);
}

/// How what was stored compares with the clock of now isn't known until a broker has been met, if there is
/// one that can tell.
void Bridge::await_clock(const StoredState& stored, Time now) {
  const auto is_configured = [&](const BrokerRecord& record) {
    return std::any_of(config_.brokers.begin(), config_.brokers.end(),
                       [&](const BrokerConfig& each) { return each.name == record.name; });
  };
  bool can_be_known = false;
  for (const auto& record : stored.brokers) {
    if (!is_configured(record)) {
      checkpoint_.keep_broker(record);
    } else {
      can_be_known = can_be_known || record.clock_offset.has_value();
    }
  }
  can_be_known ? engine_.hold(true) : correct_stored_times(std::nullopt, {}, now);
}

void Bridge::clock_compared(std::uint32_t broker, std::optional<Millis> step, Time now) {
  if (is_clock_known_) return;
  is_any_clock_compared_ = true;
  // Another broker may have the boot that it had.
  if (step || !startup_.is_active()) correct_stored_times(step, config_.brokers[broker].name, now);
}

/// `step`: nothing, if no broker can tell.
void Bridge::correct_stored_times(std::optional<Millis> step, const std::string& broker, Time now) {
  is_clock_known_ = true;
  const Millis by = step.value_or(Millis{0});
  std::vector<std::string> without_broker;
  const auto from_the_future =
      engine_.correct_stored_times(by, [&](std::string_view device, std::uint64_t seq) {
        bool is_at_any = false;
        for (std::uint32_t each = 0; each < sessions_.size(); ++each) {
          is_at_any = is_at_any || engine_.is_at(device, each);
        }
        // Not before it is known what has become of it.
        is_at_any ? unacknowledged_.await_sync(device, seq) : void(without_broker.emplace_back(device));
      });
  for (const auto& device : without_broker) engine_.republish(device);
  for (const auto& session : sessions_) session->correct_stored_times(by, now);
  startup_.correct_stored_times(by);
  engine_.hold(false);
  if (by != Millis{0}) {
    checkpoint_.move_stored_times(by);
    for (Feature* feature : features_) feature->clock_stepped(by, now);
    log_.clock_was_set(by, broker);
  }
  if (step || from_the_future == 0) return;
  checkpoint_.date_no_rows_after(now);
  log_.times_in_the_future(from_the_future);
}

}  // namespace rollcall
