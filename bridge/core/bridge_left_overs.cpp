// SPDX-License-Identifier: Apache-2.0
// Retained statuses of devices that nobody knows: another installation's, or those of a bridge that died
// before it had stored them. Once a broker's list is complete they are looked for, and cleared.
#include <algorithm>

#include "bridge/core/bridge.hpp"

namespace rollcall {
namespace {

constexpr Millis kReadFor{2000};       // after the last one that came
constexpr Millis kReadWithin{60'000};  // however much is still to be published

}  // namespace

/// Once the first list of a boot is complete: whoever is connected there, or was lately, is known by now. And
/// of this bridge's: the one before may have published a device that it didn't live to store.
void Bridge::read_left_overs(std::uint32_t broker, Time now) { unread_.insert_or_assign(broker, now); }

/// A broker hands out all that it retains in one go, and nothing else meanwhile: with a million devices that
/// takes seconds. So what has happened is published first.
void Bridge::begin_reading(Time now) {
  std::erase_if(unread_, [&](const auto& each) {
    const auto& [broker, asked] = each;
    if (sessions_[broker]->has_unacknowledged() && now - asked < kReadWithin) return false;
    readings_[broker] = {now, 0};
    ports_.read_statuses(broker, true);
    return true;
  });
}

void Bridge::found_status(std::uint32_t broker, std::string_view topic, Time now) {
  const auto reading = readings_.find(broker);
  const auto prefix = topics_.status({}).size();
  if (reading == readings_.end() || is_gathering_ || topic.size() < prefix) return;
  reading->second.last = now;
  const auto device = decode_device(topic.substr(prefix));
  if (device && engine_.knows(*device)) return;
  ++reading->second.cleared;
  publish(broker, std::string(topic), {}, true);
}

void Bridge::end_reading(Time now) {
  std::erase_if(readings_, [&](const auto& each) {
    const auto& [broker, reading] = each;
    if (now - reading.last < kReadFor) return false;
    ports_.read_statuses(broker, false);
    if (reading.cleared > 0) {
      ports_.log(BridgePorts::Level::warning, "broker \"" + config_.brokers[broker].name +
                                                  "\": retained statuses of unknown devices: " +
                                                  std::to_string(reading.cleared) + " cleared");
    }
    return true;
  });
}

Time Bridge::reading_deadline() const {
  auto next = Time::max();
  for (const auto& [broker, reading] : readings_) next = std::min(next, reading.last + kReadFor);
  for (const auto& [broker, asked] : unread_) next = std::min(next, asked + kReadWithin);
  return next;
}

}  // namespace rollcall
