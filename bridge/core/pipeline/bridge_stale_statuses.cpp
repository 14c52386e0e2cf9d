// SPDX-License-Identifier: Apache-2.0
// Scans of the retained statuses: what they find is cleared or corrected.
#include "bridge/core/pipeline/bridge.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

void Bridge::begin_scans(Time now) {
  const auto is_busy = [&](std::uint32_t broker) { return sessions_[broker]->has_unacknowledged(); };
  for (const auto broker : stale_.begin_scans(is_busy, engine_.last_seq(), now)) {
    ports_.read_statuses(broker, true);
  }
}

void Bridge::found_status(std::uint32_t broker, std::string_view topic, std::string_view payload, Time now) {
  const auto prefix = topics_.status({}).size();
  if (!stale_.is_scanning(broker) || startup_.is_active() || topic.size() < prefix) return;
  const auto device = decode_device(topic.substr(prefix));
  const auto known = device ? engine_.seq_of(*device) : std::nullopt;
  const auto seq = seq_of(payload);
  switch (stale_.found(broker, device, known, seq, now)) {
    case StaleStatuses::Verdict::fine:
      break;
    case StaleStatuses::Verdict::unknown_device:
      publish(broker, std::string(topic), {}, true);
      break;
    case StaleStatuses::Verdict::newer_than_stored:
      if (seq) engine_.raise_seq(*seq);
      republish_once_known(*device, *known);
      break;
  }
}

void Bridge::end_scans(Time now) {
  for (auto& scan : stale_.end_scans(now)) {
    ports_.read_statuses(scan.broker, false);
    if (scan.found) {
      engine_.for_each_device([&](std::string_view device, std::uint64_t seq) {
        if (!scan.is_missing(device, seq)) return;
        ++scan.corrected;
        republish_once_known(device, seq);
      });
    }
    log_.stale_statuses(scan.broker, scan.cleared, scan.corrected);
  }
}

}  // namespace rollcall
