// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/metrics/bridge_metrics.hpp"

namespace rollcall {

BridgeMetrics bridge_metrics(const Bridge& bridge, const TransitionCounts& transitions,
                             const DeliveryQueue& deliveries, const CommandFeature& commands) {
  const BridgeStatus status = bridge.status(true);
  const auto backlog = bridge.backlog();
  BridgeMetrics metrics;
  metrics.version = status.version;
  metrics.fleet = bridge.engine().fleet();
  metrics.transitions = transitions.counts();
  for (std::uint32_t index = 0; index < bridge.config().brokers.size(); ++index) {
    metrics.brokers.push_back(
        {bridge.config().brokers[index].name, bridge.broker(index).is_up, bridge.broker_counts(index)});
  }
  metrics.publish_latency = bridge.publish_latency();
  metrics.backlog = backlog.publications;
  metrics.store_queue = backlog.unstored;
  metrics.store_commits = bridge.store_commits();
  metrics.store_failures = bridge.store_failures();
  metrics.refused_newcomers = status.refused_newcomers;
  metrics.channels = deliveries.counts();
  metrics.commands = commands.counts();
  return metrics;
}

}  // namespace rollcall
