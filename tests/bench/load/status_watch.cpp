// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load/status_watch.hpp"

#include <algorithm>

namespace rollcall::bench {

StatusWatch::StatusWatch(std::uint16_t port, Presence presence, std::size_t devices)
    : presence_(presence), seen_(devices) {
  if (presence == Presence::kNone) return;
  socket_ = std::make_unique<MqttSocket>(port, "test-watch");
  socket_->subscribe(std::string(kStatusTopic) + '#');
}

void StatusWatch::expect(Range devices, Wanted status) {
  if (!socket_) return;
  for (auto& each : seen_) each.is_expected = false;
  for (std::size_t i = devices.first; i < devices.first + devices.count; ++i) {
    seen_[i].is_expected = true;
    seen_[i].at = {};
  }
  wanted_ = status;
  missing_ = devices.count;
}

void StatusWatch::take() {
  if (!socket_) return;
  // One look at the clock for all that came at once: it was all there by now.
  const auto now = Clock::now();
  socket_->take_messages([&](const Message& message) { note(message, now); });
}

void StatusWatch::note(const Message& message, Clock::time_point now) {
  const auto device = device_of(message.topic);
  if (!device || *device >= seen_.size()) return;
  auto& seen = seen_[*device];
  const auto status = status_of(presence_, *device, message.payload);
  if (status.number != 0) {
    if (status.number <= seen.number) ++disordered_;
    seen.number = std::max(seen.number, status.number);
  }
  if (!seen.is_expected || !(wanted_ == Wanted::kOnline ? status.is_online : status.is_offline)) return;
  seen.is_expected = false;
  seen.at = now;
  --missing_;
}

std::size_t retained_wrong(std::uint16_t port, Presence presence, Range devices, Wanted status) {
  if (presence == Presence::kNone) return 0;
  // Few at a time: a broker drops in silence what a reader doesn't take at once. Those that say something
  // wrong, or nothing, are asked for once more, so that it is the broker's memory that is judged.
  constexpr std::size_t kAtOnce = 100, kTries = 2;
  MqttSocket reader(port, "test-reader");
  std::vector<std::size_t> open(devices.count);
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = devices.first + i;
  for (std::size_t attempt = 0; attempt < kTries; ++attempt) {
    std::vector<bool> is_right(devices.count);
    for (std::size_t from = 0; from < open.size(); from += kAtOnce) {
      std::vector<std::string> topics;
      for (auto i = from; i < std::min(open.size(), from + kAtOnce); ++i)
        topics.push_back(status_topic(open[i]));
      reader.read_retained(topics, [&](const Message& message) {
        const auto device = device_of(message.topic);
        if (!device || *device - devices.first >= devices.count) return;
        const auto found = status_of(presence, *device, message.payload);
        is_right[*device - devices.first] = status == Wanted::kOnline ? found.is_online : found.is_offline;
      });
    }
    std::erase_if(open, [&](std::size_t device) { return is_right[device - devices.first]; });
  }
  return open.size();
}

}  // namespace rollcall::bench
