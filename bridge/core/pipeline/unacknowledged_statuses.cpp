// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/unacknowledged_statuses.hpp"

#include <algorithm>

namespace rollcall {

std::vector<std::string> UnacknowledgedStatuses::take_synced(
    const std::function<bool(std::string_view device)>& is_at_broker) {
  std::vector<std::string> synced;
  std::erase_if(awaiting_, [&](const auto& each) {
    if (!is_at_broker(each.first)) return false;
    synced.push_back(each.first);
    return true;
  });
  return synced;
}

void UnacknowledgedStatuses::clear(const std::string& device, std::uint64_t seq) {
  cleared_[device] = seq;
  awaiting_.erase(device);
}

std::vector<std::string> UnacknowledgedStatuses::take_arrived(
    std::uint64_t acked_seq, const std::function<bool(std::string_view device)>& is_known) {
  std::vector<std::string> arrived;
  std::erase_if(cleared_, [&](const auto& each) {
    if (is_known(each.first)) return true;
    if (each.second > acked_seq) return false;
    arrived.push_back(each.first);
    return true;
  });
  return arrived;
}

std::uint64_t UnacknowledgedStatuses::limit(std::uint64_t acked_seq) const {
  for (const auto& [device, seq] : awaiting_) acked_seq = std::min(acked_seq, seq - 1);
  return acked_seq;
}

}  // namespace rollcall
