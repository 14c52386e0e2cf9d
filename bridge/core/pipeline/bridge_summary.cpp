// SPDX-License-Identifier: Apache-2.0
// ds/bridge, with the store's trouble, a backlog and warnings.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/quoting.hpp"
#include "bridge/core/pipeline/bridge.hpp"
#include "topics/payloads.hpp"

namespace rollcall {
namespace {

constexpr Millis kBridgeEvery{1000};
// Less than that, or for a shorter time, is how a busy bridge works.
constexpr std::size_t kBacklogFrom = 1000;
constexpr Millis kBacklogAfter{250};

}  // namespace

BridgeStatus Bridge::status(bool online) const {
  BridgeStatus status{online, ROLLCALL_VERSION, since_, {}, {}, {}};
  if (online && store_queue_.error()) {
    status.store =
        BridgeStatus::StoreTrouble{*store_queue_.error(), store_queue_.unstored(), store_queue_.lost_rows()};
  }
  if (online && is_backlog_told_) status.backlog = backlog();
  for (std::size_t broker = 0; online && broker < cause_logs_.size(); ++broker) {
    if (cause_logs_[broker] == CauseLog::complete) continue;
    status.warnings.push_back({config_.brokers[broker].name, remedy_for(cause_logs_[broker])});
  }
  if (online) status.too_large = too_large();
  if (online) status.refused_newcomers = newcomers_.refused();
  return status;
}

std::optional<std::string> Bridge::why_not_ready() const {
  if (!is_ready()) return "the store hasn't taken its first write yet";
  for (std::uint32_t broker = 0; broker < sessions_.size(); ++broker) {
    if (is_given_up_[broker] || sessions_[broker]->was_synced()) continue;
    return "the broker " + in_quotes(config_.brokers[broker].name) + " hasn't told yet who is connected";
  }
  if (startup_.is_active()) return "what the brokers have told is being worked off";
  return std::nullopt;
}

Bridge::BrokerView Bridge::broker(std::uint32_t broker) const {
  const BrokerSession& session = *sessions_[broker];
  return {!session.is_down(), session.is_watching(), session.plugin_state(), session.plugin_detail()};
}

std::vector<BridgeStatus::TooLarge> Bridge::too_large() const {
  std::vector<BridgeStatus::TooLarge> all;
  for (std::size_t broker = 0; broker < sessions_.size(); ++broker) {
    const auto what = sessions_[broker]->left_out();
    if (!what) continue;
    all.push_back({config_.brokers[broker].name,
                   what->is_packet_limit ? "max_packet_size" : "message_size_limit", what->needed_bytes,
                   what->statuses, what->rows});
  }
  return all;
}

BridgeStatus::Backlog Bridge::backlog() const {
  std::size_t publications = 0;
  for (const auto& session : sessions_) publications += session->unacknowledged_count();
  return {publications, store_queue_.unstored()};
}

BrokerCounts Bridge::broker_counts(std::uint32_t broker) const {
  BrokerCounts counts = counts_[broker];
  counts.gaps = sessions_[broker]->gap_count();
  return counts;
}

DurationHistogram Bridge::publish_latency() const {
  DurationHistogram all;
  for (const auto& session : sessions_) all.add(session->publish_latency());
  return all;
}

/// Trouble with the store, a backlog, warnings and what is too large for a broker change it.
void Bridge::publish_bridge(Time now) {
  const auto [publications, unstored] = backlog();
  if (publications < kBacklogFrom && unstored < kBacklogFrom) {
    behind_since_.reset();
  } else if (!behind_since_) {
    behind_since_ = now;
  }
  const bool is_behind = behind_since_ && now - *behind_since_ >= kBacklogAfter;
  if (is_behind == is_backlog_told_ && now - bridge_published_ < kBridgeEvery) return;
  is_backlog_told_ = is_behind;
  bridge_published_ = now;
  has_new_warnings_ = false;
  published_refused_newcomers_ = newcomers_.refused();
  auto payload = bridge_payload(true);
  if (payload == bridge_payload_) return;
  if (!bridge_payload_.empty()) publish_everywhere(topics_.bridge(), payload, true);
  bridge_payload_ = std::move(payload);
}

Time Bridge::telling_deadline() const {
  auto next = Time::max();
  const bool is_left_out = std::any_of(sessions_.begin(), sessions_.end(),
                                       [](const auto& each) { return each->left_out().has_value(); });
  if (store_queue_.error() || is_backlog_told_ || newcomers_.refused() != published_refused_newcomers_ ||
      has_new_warnings_ || is_left_out)
    next = std::min(next, bridge_published_ + kBridgeEvery);
  if (behind_since_ && !is_backlog_told_) next = std::min(next, *behind_since_ + kBacklogAfter);
  return next;
}

}  // namespace rollcall
