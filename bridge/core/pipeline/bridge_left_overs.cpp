// SPDX-License-Identifier: Apache-2.0
// Retained statuses that aren't those of the store: of devices that nobody knows, another installation's or
// those of a bridge that ended before it had stored them; and what such a bridge published last of those that
// are known. Once a broker's list is complete they are looked for, and cleared or corrected.
#include <algorithm>
#include <functional>

#include "bridge/core/pipeline/bridge.hpp"
#include "topics/payloads.hpp"

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
    Reading& reading = readings_[broker] = {};
    reading.last = now;
    reading.seq = engine_.last_seq();
    ports_.read_statuses(broker, true);
    return true;
  });
}

void Bridge::found_status(std::uint32_t broker, std::string_view topic, std::string_view payload, Time now) {
  const auto found = readings_.find(broker);
  const auto prefix = topics_.status({}).size();
  if (found == readings_.end() || startup_.is_active() || topic.size() < prefix) return;
  Reading& reading = found->second;
  reading.last = now;
  const auto device = decode_device(topic.substr(prefix));
  const auto known = device ? engine_.seq_of(*device) : std::nullopt;
  if (!known) {
    ++reading.cleared;
    publish(broker, std::string(topic), {}, true);
    return;
  }
  if (may_differ_[broker]) reading.found.push_back(std::hash<std::string>{}(*device));
  // An older one is about to be replaced. A later one was never stored, nor that it was given out.
  const auto seq = seq_of(payload);
  if (seq && *seq <= *known) return;
  if (seq) engine_.raise_seq(*seq);
  ++reading.corrected;
  refresh_once_known(*device, *known);
}

/// A status that was cleared, and that it was isn't stored. Returns how many there are.
std::size_t Bridge::publish_missing(const std::vector<std::size_t>& found, std::uint64_t seq) {
  std::size_t missing = 0;
  engine_.for_each_device([&](std::string_view device, std::uint64_t last) {
    // What has been published since needn't have been among those that the broker handed out.
    if (last > seq || std::binary_search(found.begin(), found.end(), std::hash<std::string_view>{}(device)))
      return;
    ++missing;
    refresh_once_known(device, last);
  });
  return missing;
}

void Bridge::end_reading(Time now) {
  for (auto& [broker, reading] : readings_) {
    if (now - reading.last >= kReadFor) finish(broker, reading);
  }
  std::erase_if(readings_, [&](const auto& each) { return now - each.second.last >= kReadFor; });
}

void Bridge::finish(std::uint32_t broker, Reading& reading) {
  ports_.read_statuses(broker, false);
  if (may_differ_[broker]) {
    may_differ_[broker] = false;
    std::sort(reading.found.begin(), reading.found.end());
    reading.corrected += publish_missing(reading.found, reading.seq);
  }
  const auto warn = [&](const std::string& what) {
    ports_.log(BridgePorts::Level::warning, "broker \"" + config_.brokers[broker].name + "\": " + what);
  };
  if (reading.cleared > 0) {
    warn("retained statuses of unknown devices: " + std::to_string(reading.cleared) + " cleared");
  }
  if (reading.corrected > 0) {
    warn("retained statuses that the store doesn't know, of a bridge that ended before it had stored them: " +
         std::to_string(reading.corrected) + " corrected");
  }
}

Time Bridge::reading_deadline() const {
  auto next = Time::max();
  for (const auto& [broker, reading] : readings_) next = std::min(next, reading.last + kReadFor);
  for (const auto& [broker, asked] : unread_) next = std::min(next, asked + kReadWithin);
  return next;
}

}  // namespace rollcall
