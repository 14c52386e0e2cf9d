// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/channels/channel_queue.hpp"

#include <algorithm>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {

std::optional<PendingDelivery> ChannelQueue::add(Number number, PendingDelivery delivery) {
  std::optional<PendingDelivery> oldest;
  if (all_.size() >= kMostWaiting) {
    const auto found = std::find_if(all_.begin(), all_.end(),
                                    [this](const auto& each) { return under_way_.count(each.first) == 0; });
    if (found != all_.end()) oldest = take(found->first);
  }
  if (delivery.stored == PendingDelivery::Stored::yes) {
    ready_.emplace(delivery.record.due, number);
  } else {
    unstored_.insert(number);
  }
  const auto [place, is_new] = all_.emplace(number, std::move(delivery));
  by_id_.emplace(place->second.notification->id, number);
  return oldest;
}

PendingDelivery ChannelQueue::take(Number number) {
  const auto found = all_.find(number);
  PendingDelivery delivery = std::move(found->second);
  all_.erase(found);
  by_id_.erase(delivery.notification->id);
  ready_.erase({delivery.record.due, number});
  for (auto* const set : {&under_way_, &unstored_, &being_stored_}) set->erase(number);
  return delivery;
}

void ChannelQueue::begin_to_store() {
  for (const Number number : unstored_) all_.at(number).stored = PendingDelivery::Stored::being_written;
  being_stored_.merge(unstored_);
}

void ChannelQueue::stored() {
  for (const Number number : being_stored_) {
    PendingDelivery& delivery = all_.at(number);
    delivery.stored = PendingDelivery::Stored::yes;
    ready_.emplace(delivery.record.due, number);
  }
  being_stored_.clear();
}

const PendingDelivery* ChannelQueue::find(Number number) const {
  const auto found = all_.find(number);
  return found == all_.end() ? nullptr : &found->second;
}

std::optional<ChannelQueue::Number> ChannelQueue::take_next(Time now) {
  if (next_deadline() > now) return std::nullopt;
  const auto number = ready_.begin()->second;
  ready_.erase(ready_.begin());
  under_way_.insert(number);
  return number;
}

Time ChannelQueue::next_deadline() const {
  if (ready_.empty() || under_way_.size() >= most_at_once()) return Time::max();
  return std::max(pause_until_, ready_.begin()->first);
}

PendingDelivery ChannelQueue::answered(Number number) {
  forget_failures();
  return take(number);
}

DeliveryRecord& ChannelQueue::failed(Number number, std::optional<Millis> retry_after, double random,
                                     Time now) {
  ++failures_;
  const auto wait = retry_after.value_or(Millis{0});
  DeliveryRecord& record = all_.at(number).record;
  ++record.attempts;
  record.due = now + std::max(wait, pause_after(record.attempts, random));
  const auto pause = is_down() ? pause_after(failures_ - kMostAtOnce + 1, random) : Millis{0};
  pause_until_ = std::max(pause_until_, now + std::max(wait, pause));
  under_way_.erase(number);
  ready_.emplace(record.due, number);
  return record;
}

std::vector<PendingDelivery> ChannelQueue::take_expired(Number failed, Time now) {
  std::vector<Number> expired;
  const auto is_old = [&](const PendingDelivery& each) { return each.record.began + kTriedFor <= now; };
  if (is_down()) {
    for (const auto& [number, each] : all_) {
      if (!is_old(each)) break;
      if (ready_.count({each.record.due, number}) > 0) expired.push_back(number);
    }
  } else if (is_old(all_.at(failed))) {
    expired.push_back(failed);
  }
  std::vector<PendingDelivery> taken;
  taken.reserve(expired.size());
  for (const Number number : expired) taken.push_back(take(number));
  return taken;
}

std::vector<PendingDelivery> ChannelQueue::take_all() {
  std::vector<PendingDelivery> taken;
  while (!all_.empty()) taken.push_back(take(all_.begin()->first));
  return taken;
}

void ChannelQueue::try_all(Time now) {
  forget_failures();
  for (const auto& [due, number] : std::exchange(ready_, {})) {
    all_.at(number).record.due = now;
    ready_.emplace(now, number);
  }
}

void ChannelQueue::forget_failures() {
  failures_ = 0;
  pause_until_ = Time::min();
}

void ChannelQueue::clock_stepped(Millis by) {
  move_along(pause_until_, by);
  ready_.clear();
  for (auto& [number, each] : all_) {
    for (Time* const time : {&each.record.began, &each.record.due, &each.record.ended}) move_along(*time, by);
    if (each.stored == PendingDelivery::Stored::yes && under_way_.count(number) == 0)
      ready_.emplace(each.record.due, number);
  }
}

}  // namespace rollcall
