// SPDX-License-Identifier: Apache-2.0
// Steps of the wall clock (lifecycle rule 11), seen while the bridge runs or against a plugin's clock when it
// starts.
#include <algorithm>
#include <cstdlib>

#include "base/duration.hpp"
#include "bridge/core/lifecycle/clock_step.hpp"
#include "bridge/core/pipeline/bridge.hpp"

namespace rollcall {
namespace {

/// "forward by 1h"
std::string words_of(Millis step) {
  const auto seconds = std::chrono::round<Seconds>(step < Millis{0} ? -step : step);
  return (step < Millis{0} ? "back by " : "forward by ") + format_duration(seconds);
}

}  // namespace

void Bridge::clock_stepped(Millis by, Time now) {
  carry_out(engine_.clock_stepped(by, now));
  for (const auto& session : sessions_) session->clock_stepped(by);
  store_queue_.clock_stepped(by);
  move_along(since_, by);
  fleet_.clock_stepped(by);
  for (Time* time :
       {&progress_stored_, &bridge_published_, &conflicts_logged_at_, &conflicts_logged_through_})
    move_along(*time, by);
  if (behind_since_) move_along(*behind_since_, by);
  for (auto& [broker, reading] : readings_) move_along(reading.last, by);
  for (auto& [broker, since] : unread_) move_along(since, by);
  move_what_is_stored(by);
  ports_.log(BridgePorts::Level::warning, "the system clock was set " + words_of(by) +
                                              ": all times are moved along and published again, waits go on "
                                              "as they were");
}

/// What the bridge doesn't hold itself: the next batch says it to the store.
void Bridge::move_what_is_stored(Millis by) {
  row_clock_ += by;
  for (auto& record : other_brokers_) move_along(record, by);
  have_others_moved_ = true;
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
      other_brokers_.push_back(record);
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
  if (step || !is_gathering_) correct_stored_times(step, config_.brokers[broker].name, now);
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
        is_at_any ? void(unsettled_.emplace(device, seq)) : void(without_broker.emplace_back(device));
      });
  for (const auto& device : without_broker) engine_.republish(device);
  for (const auto& session : sessions_) session->correct_stored_times(by, now);
  for (Told& each : gathered_) {
    if (each.stored) each.at = std::min(each.stored->at + by, each.stored->latest);
  }
  step_at_start_ = by;
  engine_.hold(false);
  if (by != Millis{0}) {
    move_what_is_stored(by);
    ports_.log(BridgePorts::Level::warning,
               "the system clock was set " + words_of(by) +
                   " while this bridge was away, says the plugin at broker \"" + broker +
                   "\": all stored times are moved along, waits go on as they were");
  }
  if (step || from_the_future == 0) return;
  no_rows_after_ = now;
  ports_.log(BridgePorts::Level::error,
             "times of " + std::to_string(from_the_future) + (from_the_future == 1 ? " device" : " devices") +
                 " lie in the future, and neither a broker nor this bridge has run on since then to tell how "
                 "wrong the system clock was: they count as now");
}

}  // namespace rollcall
