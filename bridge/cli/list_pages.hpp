// SPDX-License-Identifier: Apache-2.0
// The list of devices, page by page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "bridge/cli/caller.hpp"
#include "bridge/cli/text/device_filter.hpp"

namespace rollcall::cli {

/// Calls `take` with the status of each device, `limit` of them at most. Returns how many the filter lets
/// through. `sort`: as the API has it; empty: by device.
Outcome<std::uint64_t> for_each_device(Caller& caller, const FilterOptions& filter, const std::string& sort,
                                       std::size_t limit, const std::function<void(const Json&)>& take);

}  // namespace rollcall::cli
