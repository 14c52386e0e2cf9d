// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/notify/device_limits.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/notify/notify_rules.hpp"

namespace rollcall {

bool count_event(NotifyCount& count, const NotifyLimits& limits, Time at) {
  const bool is_nth = ++count.events >= limits.every;
  if (is_nth) count.events = 0;
  ++count.untold;
  if (!limits.period) return is_nth;
  if (count.window_began == Time::min() || at >= count.window_began + *limits.period) {
    count.window_began = at;
    count.is_window_used = false;
  }
  return is_nth && !count.is_window_used;
}

void DeviceLimits::entered(const StatusEntered& event, const Circumstances& circumstances) {
  const NotifyLimits* const limits = this->limits(event.status);
  NotifyCount* const count = limits == nullptr ? nullptr : &count_of(event.status);
  const bool is_due = count != nullptr && count_event(*count, *limits, event.at);
  const bool is_back = is_online(definition_, event.status);
  const bool recovers = is_back && !record_.told.empty();

  // What waits would say the opposite of what is true by now.
  if (record_.waiting) {
    const auto& waiting = *record_.waiting;
    const NotifyLimits* const of_waiting = this->limits(waiting.status);
    const bool is_over = is_back && waiting.kind == WaitingNotice::Kind::status && of_waiting != nullptr &&
                         of_waiting->recovery && waiting.status != event.status;
    if (is_over || (!is_back && waiting.kind == WaitingNotice::Kind::recovery)) record_.waiting.reset();
  }
  if (circumstances.is_covered) {
    if (count != nullptr) --count->untold;
    if (is_back) record_.told.clear();
    cover();
    return;
  }
  if (circumstances.is_muted) {
    if (is_back) record_.told.clear();
    return;
  }
  if (!is_due && !recovers) return;
  if (record_.is_flapping && record_.has_told_flapping) {
    ++record_.held;
    record_.held_status = recovers ? record_.told : event.status;
    if (is_due) count->untold = 0;
    return;
  }
  WaitingNotice notice;
  notice.kind = recovers ? WaitingNotice::Kind::recovery : WaitingNotice::Kind::status;
  notice.status = event.status;
  notice.previous = event.previous;
  notice.cause = event.cause;
  notice.at = event.at;
  if (is_due) notice.window = count->window_began;
  notice.told = recovers ? record_.told : event.status;
  await(std::move(notice), circumstances);
}

void DeviceLimits::cover() {
  if (!record_.waiting) return;
  if (record_.waiting->kind == WaitingNotice::Kind::status) {
    auto& untold = count_of(record_.waiting->status).untold;
    untold -= std::min<std::uint64_t>(untold, 1);
  }
  record_.waiting.reset();
}

void DeviceLimits::end_flapping(const StatusEntered& current, const Circumstances& circumstances) {
  record_.is_flapping = record_.has_told_flapping = false;
  const auto held = std::exchange(record_.held, 0);
  const auto held_status = std::exchange(record_.held_status, {});
  if (held == 0 || circumstances.is_covered || circumstances.is_muted) return;
  WaitingNotice notice;
  notice.kind = WaitingNotice::Kind::flapping;
  notice.status = current.status;
  notice.previous = current.previous;
  notice.cause = current.cause;
  notice.at = current.at;
  notice.count = held;
  notice.told = held_status;
  await(std::move(notice), circumstances);
}

std::optional<WaitingNotice> DeviceLimits::take(Time now, bool is_muted, std::int64_t day,
                                                std::uint64_t daily_cap) {
  auto notice = *std::exchange(record_.waiting, std::nullopt);
  if (record_.day != day) {
    record_.day = day;
    record_.sent = 0;
  }
  if (is_muted || record_.sent >= daily_cap) {
    if (is_online(definition_, notice.status)) record_.told.clear();
    return std::nullopt;
  }
  ++record_.sent;
  record_.last_sent = now;
  if (record_.is_flapping) record_.has_told_flapping = true;
  if (notice.kind == WaitingNotice::Kind::status) {
    auto& count = count_of(notice.status);
    notice.count = std::max<std::uint64_t>(std::exchange(count.untold, 0), 1);
  }
  told(notice);
  return notice;
}

/// What follows for those that come after it.
void DeviceLimits::told(const WaitingNotice& notice) {
  if (notice.window != Time::min()) {
    auto& count = count_of(notice.status);
    if (count.window_began == notice.window) count.is_window_used = true;
    count.untold = 0;
  }
  if (is_online(definition_, notice.status)) {
    record_.told.clear();
  } else if (const auto* const of_status = limits(notice.status);
             of_status != nullptr && of_status->recovery) {
    record_.told = notice.status;
  }
}

bool DeviceLimits::trim(Time now, std::int64_t day) {
  std::erase_if(record_.counts, [&](const NotifyCount& count) {
    const NotifyLimits* const of_count = limits(count.status);
    const bool has_window = of_count != nullptr && of_count->period && count.window_began != Time::min() &&
                            now < count.window_began + *of_count->period;
    return of_count == nullptr || (count.events == 0 && count.untold == 0 && !has_window);
  });
  const bool is_recent = record_.last_sent != Time::min() && now < record_.last_sent + kBetweenNotifications;
  return record_.counts.empty() && !is_recent && (record_.day != day || record_.sent == 0) &&
         record_.told.empty() && !record_.is_flapping && record_.held == 0 && !record_.waiting &&
         record_.incident.empty() && record_.gateway.empty();
}

const NotifyLimits* DeviceLimits::limits(std::string_view status) const {
  return limits_of(definition_, status);
}

NotifyCount& DeviceLimits::count_of(const std::string& status) {
  const auto found = std::find_if(record_.counts.begin(), record_.counts.end(),
                                  [&](const NotifyCount& each) { return each.status == status; });
  if (found != record_.counts.end()) return *found;
  record_.counts.push_back({});
  record_.counts.back().status = status;
  return record_.counts.back();
}

void DeviceLimits::await(WaitingNotice notice, const Circumstances& circumstances) {
  notice.template_name = definition_.name;
  notice.due = circumstances.now + circumstances.wait;
  if (record_.last_sent != Time::min()) {
    notice.due = std::max(notice.due, record_.last_sent + kBetweenNotifications);
  }
  record_.waiting = std::move(notice);
}

}  // namespace rollcall
