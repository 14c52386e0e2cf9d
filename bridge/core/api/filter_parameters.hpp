// SPDX-License-Identifier: Apache-2.0
// The filters of the list of devices, which streams and actions have as well. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/api/parameters.hpp"
#include "bridge/core/query/device_filter.hpp"

namespace rollcall {

/// What a filter may name.
struct FilterNames {
  std::vector<std::string> statuses, templates, brokers;
};

/// Of a query; what is wrong is left in `query`. `q` is at most kMaxPartBytes long.
DeviceFilter read_filter(QueryParameters& query, const FilterNames& names);
/// Of a body's object `filter`, with the same members as text.
DeviceFilter read_filter(JsonBody& body, const FilterNames& names);

}  // namespace rollcall
