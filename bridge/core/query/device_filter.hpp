// SPDX-License-Identifier: Apache-2.0
// Which devices a list, a stream or an action is about. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "bridge/core/lifecycle/device_summary.hpp"

namespace rollcall {

/// All that is set must hold.
struct DeviceFilter {
  std::set<std::string, std::less<>> statuses;   ///< keys; empty: any
  std::set<std::string, std::less<>> templates;  ///< names; empty: any
  std::set<std::uint32_t> brokers;               ///< indices into Config::brokers; empty: any
  std::optional<bool> connected, flapping, muted;
  std::string part;  ///< of the id, a client id or an address, in lower case; empty: any

  bool is_empty() const {
    return statuses.empty() && templates.empty() && brokers.empty() && !connected && !flapping && !muted &&
           part.empty();
  }
};

/// What a filter looks at, as values that can be kept.
struct DeviceTraits {
  std::string status, template_name;
  bool connected = false, flapping = false, muted = false;
  std::vector<std::uint32_t> brokers;
  std::string text;  ///< id, client ids and addresses, in lower case, each with a NUL behind it
};
DeviceTraits traits_of(const DeviceSummary& device, Time now);

bool matches(const DeviceFilter& filter, const DeviceSummary& device, Time now);
bool matches(const DeviceFilter& filter, const DeviceTraits& device);

/// True if `part`, which is in lower case, is in `text`, whatever the case of that.
bool contains_any_case(std::string_view text, std::string_view part);

}  // namespace rollcall
