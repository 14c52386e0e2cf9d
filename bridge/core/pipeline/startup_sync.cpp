// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/startup_sync.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {
namespace {

/// When it happened; empty: it isn't about what devices did.
struct TimeOf {
  Time now;

  std::optional<Time> operator()(const session_event::BrokerReturned& event) const {
    return std::min(event.lost_at, event.back_at);
  }
  std::optional<Time> operator()(const BrokerStoodStill& event) const { return event.from; }
  std::optional<Time> operator()(const session_event::Opened& event) const { return event.at; }
  std::optional<Time> operator()(const ConnectionEnded& event) const { return event.at; }
  std::optional<Time> operator()(const Active& event) const { return event.at; }
  std::optional<Time> operator()(const Declared& event) const { return event.at; }
  std::optional<Time> operator()(const session_event::Reported& event) const { return event.at; }
  std::optional<Time> operator()(const session_event::ActivityWatermark& event) const { return event.until; }
  std::optional<Time> operator()(const session_event::Synced& /*event*/) const { return now; }
  template <typename Other>
  std::optional<Time> operator()(const Other& /*event*/) const {
    return std::nullopt;
  }
};

}  // namespace

BufferedEvent::BufferedEvent(std::uint32_t of_broker, const SessionEvent& of_event, Time when)
    : broker(of_broker), event(of_event), at(when) {
  std::size_t bytes = 0;
  for_each_text(event, [&](std::string_view text) { bytes += text.size(); });
  if (bytes == 0) return;
  texts_ = std::make_unique<char[]>(bytes);
  char* to = texts_.get();
  for_each_text(event, [&](std::string_view& text) {
    std::memcpy(to, text.data(), text.size());
    text = {to, text.size()};
    to += text.size();
  });
}

bool StartupSync::defer(std::uint32_t broker, const SessionEvent& event, Time now) {
  if (!is_active_ || is_ending_) return false;
  if (const auto* watermark = std::get_if<session_event::Watermark>(&event)) {
    auto& until = watermarks_.try_emplace(broker, watermark->until).first->second;
    until = std::max(until, watermark->until);
    return true;
  }
  if (std::holds_alternative<BrokerAway>(event)) {
    away_.try_emplace(broker, now);
    return true;
  }
  if (std::holds_alternative<BrokerFound>(event) ||
      std::holds_alternative<session_event::BrokerReturned>(event)) {
    away_.erase(broker);
  }
  const auto at = std::visit(TimeOf{now}, event);
  if (at) events_.emplace_back(broker, event, *at);
  return at.has_value();
}

void StartupSync::correct_stored_times(Millis by) {
  for (BufferedEvent& each : events_) {
    auto* const returned = std::get_if<session_event::BrokerReturned>(&each.event);
    if (returned == nullptr || !std::exchange(returned->is_stored_time, false)) continue;
    move_along(returned->lost_at, by);
    each.at = std::min(returned->lost_at, returned->back_at);
  }
}

void StartupSync::end() {
  if (std::exchange(is_ending_, true)) return;
  for (const auto& [broker, at] : std::exchange(away_, {})) {
    events_.emplace_back(broker, BrokerAway{broker}, at);
  }
  std::stable_sort(events_.begin(), events_.end(),
                   [](const BufferedEvent& one, const BufferedEvent& other) { return one.at < other.at; });
}

bool StartupSync::hand_out(std::size_t most, Time now, const Apply& apply) {
  for (; next_ < events_.size() && most > 0; --most) {
    const BufferedEvent& each = events_[next_++];
    for (const auto& [broker, until] : watermarks_) {
      apply(broker, session_event::Watermark{std::min(until, each.at)});
    }
    apply(each.broker, each.event);
  }
  if (next_ < events_.size()) return false;
  is_active_ = is_ending_ = false;
  events_ = std::vector<BufferedEvent>();
  for (const auto& [broker, until] : std::exchange(watermarks_, {})) {
    apply(broker, session_event::Watermark{std::min(until, now)});
  }
  return true;
}

}  // namespace rollcall
