// SPDX-License-Identifier: Apache-2.0
// What /metrics tells, in the text format of Prometheus. Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/histogram.hpp"
#include "bridge/core/api/api.hpp"
#include "bridge/core/metrics/bridge_metrics.hpp"

namespace rollcall {

struct HttpMetrics {
  std::map<Api::RouteCount, std::uint64_t> requests;
  DurationHistogram seconds;
  std::uint64_t streams = 0;  ///< that are open
};

/// The content type of what metrics_text() returns.
inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

std::string metrics_text(const BridgeMetrics& bridge, const HttpMetrics& http);

}  // namespace rollcall
