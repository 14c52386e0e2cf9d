// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/stale_statuses.hpp"

#include <algorithm>
#include <utility>

#include "base/keyed_hash.hpp"
#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {
namespace {

constexpr Millis kOverAfter{2000};      // after the last one that came
constexpr Millis kBeginWithin{60'000};  // however much is still to be published

}  // namespace

void StaleStatuses::link_down(std::uint32_t broker) {
  scans_.erase(broker);
  wanted_.erase(broker);
}

void StaleStatuses::clock_stepped(Millis by) {
  for (auto& [broker, scan] : scans_) move_along(scan.last_found, by);
  for (auto& [broker, since] : wanted_) move_along(since, by);
}

std::vector<std::uint32_t> StaleStatuses::begin_scans(
    const std::function<bool(std::uint32_t broker)>& is_busy, std::uint64_t last_seq, Time now) {
  std::vector<std::uint32_t> begun;
  std::erase_if(wanted_, [&](const auto& each) {
    const auto& [broker, since] = each;
    if (is_busy(broker) && now - since < kBeginWithin) return false;
    Scan scan{now, {}};
    scan.result.broker = broker;
    scan.result.last_seq = last_seq;
    if (may_differ_[broker]) scan.result.found.emplace();
    scans_.insert_or_assign(broker, std::move(scan));
    begun.push_back(broker);
    return true;
  });
  return begun;
}

StaleStatuses::Verdict StaleStatuses::found(std::uint32_t broker, const std::optional<std::string>& device,
                                            std::optional<std::uint64_t> known_seq,
                                            std::optional<std::uint64_t> seq, Time now) {
  auto& scan = scans_.at(broker);
  scan.last_found = now;
  if (!known_seq) {
    ++scan.result.cleared;
    return Verdict::unknown_device;
  }
  if (scan.result.found) scan.result.found->push_back(keyed_hash(*device));
  // An older one is about to be replaced. A later one was never stored, nor that it was given out.
  if (seq && *seq <= *known_seq) return Verdict::fine;
  ++scan.result.corrected;
  return Verdict::newer_than_stored;
}

bool StaleStatuses::Finished::is_missing(std::string_view device, std::uint64_t seq) const {
  return found && seq <= last_seq && !std::binary_search(found->begin(), found->end(), keyed_hash(device));
}

std::vector<StaleStatuses::Finished> StaleStatuses::end_scans(Time now) {
  std::vector<Finished> finished;
  for (auto each = scans_.begin(); each != scans_.end();) {
    auto& [broker, scan] = *each;
    if (now - scan.last_found < kOverAfter) {
      ++each;
      continue;
    }
    may_differ_[broker] = false;
    if (scan.result.found) std::sort(scan.result.found->begin(), scan.result.found->end());
    finished.push_back(std::move(scan.result));
    each = scans_.erase(each);
  }
  return finished;
}

Time StaleStatuses::next_deadline() const {
  auto next = Time::max();
  for (const auto& [broker, scan] : scans_) next = std::min(next, scan.last_found + kOverAfter);
  for (const auto& [broker, since] : wanted_) next = std::min(next, since + kBeginWithin);
  return next;
}

}  // namespace rollcall
