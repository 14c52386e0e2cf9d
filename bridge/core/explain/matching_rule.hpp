// SPDX-License-Identifier: Apache-2.0
// Which rule of `devices` it is that says whose a connection is: for people who ask why.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "bridge/core/config/config.hpp"
#include "topics/identity/device_rules.hpp"

namespace rollcall {

struct MatchingRule {
  std::size_t index = 0;  ///< in Config::devices
  std::string text;       ///< as it could stand in the configuration: {"client_id": "{device}"}
  std::optional<DeviceIdentity> identity;  ///< nothing: it says `ignore`
};

/// Nothing: no rule matches.
std::optional<MatchingRule> matching_rule(const Config& config, const ClientIdentity& client);

}  // namespace rollcall
