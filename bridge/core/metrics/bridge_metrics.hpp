// SPDX-License-Identifier: Apache-2.0
// What /metrics tells of the bridge (docs/http.md), as values. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/histogram.hpp"
#include "bridge/core/channels/delivery_queue.hpp"
#include "bridge/core/commands/command_feature.hpp"
#include "bridge/core/metrics/transition_counts.hpp"
#include "bridge/core/pipeline/bridge.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

struct BrokerMetrics {
  std::string name;
  bool is_up = false;
  BrokerCounts counts;
};

struct BridgeMetrics {
  std::string version;
  FleetCounts fleet;
  TransitionCounts::Counts transitions;
  std::vector<BrokerMetrics> brokers;
  DurationHistogram
      publish_latency;  ///< from an event at a plugin to the acknowledgement of the status that came of it
  std::uint64_t backlog = 0;      ///< publications that no broker has acknowledged yet
  std::uint64_t store_queue = 0;  ///< devices and rows that aren't stored yet
  std::uint64_t store_commits = 0, store_failures = 0;
  std::uint64_t refused_newcomers = 0;
  std::map<std::string, ChannelCounts> channels;  ///< by name
  CommandCounts commands;
};

/// As they are now. Takes far less than 5 ms.
BridgeMetrics bridge_metrics(const Bridge& bridge, const TransitionCounts& transitions,
                             const DeliveryQueue& deliveries, const CommandFeature& commands);

}  // namespace rollcall
