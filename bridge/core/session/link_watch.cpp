// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/link_watch.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {
namespace {

constexpr Millis kLookEvery{1000};
constexpr std::size_t kMoreThanPings = 64;  // bytes in kLookEvery
constexpr Millis kDeafAfter{10'000};        // the link's keepalive
// One loss is one, however many messages it took.
constexpr std::size_t kGapsToMatter = 3;
constexpr Millis kGapsWithin{60'000};
constexpr Millis kGapEvery{1000};

}  // namespace

bool LinkWatch::wants_look(Time since, Time now) const { return now >= next_look(since); }

Time LinkWatch::next_look(Time since) const { return std::max(looked_at_, since) + kLookEvery; }

void LinkWatch::look(const LinkTraffic& traffic, Time since, Time now) {
  const auto before = std::exchange(traffic_, traffic);
  const bool is_first_look = std::exchange(looked_at_, now) <= since;
  const bool moves = is_first_look ? traffic.has_undelivered
                                   : (traffic.has_undelivered && traffic.delivered > before.delivered) ||
                                         traffic.received >= before.received + kMoreThanPings;
  if (moves) busy_at_ = now;
}

bool LinkWatch::is_deaf(Time now) const { return now - std::max(heard_at_, busy_at_) >= kDeafAfter; }

bool LinkWatch::note_gap(Time now) {
  if (are_gaps_known_ || (!gaps_.empty() && now - gaps_.back() < kGapEvery)) return false;
  gaps_.push_back(now);
  while (now - gaps_.front() > kGapsWithin) gaps_.pop_front();
  if (gaps_.size() < kGapsToMatter) return false;
  are_gaps_known_ = true;
  gaps_.clear();
  return true;
}

void LinkWatch::clock_stepped(Millis by) {
  for (Time* time : {&looked_at_, &busy_at_, &heard_at_}) move_along(*time, by);
  for (Time& gap : gaps_) move_along(gap, by);
}

}  // namespace rollcall
