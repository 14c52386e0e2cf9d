// SPDX-License-Identifier: Apache-2.0
// Which device a connection belongs to: the first rule of `devices` that matches wins; no match: not a
// device.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/config.hpp"

namespace rollcall {

struct DeviceIdentity {
  std::string device;         ///< as it is, not encoded; may be too long to be one (encode_device decides)
  std::string template_name;  ///< defined in the configuration
};

/// What the broker knows of a client. An anonymous client's username counts as empty.
struct ClientIdentity {
  std::string_view client_id, username, address;
};

/// Nothing: no rule matches, or the one that does says `ignore`. Rules with `report_topic` are left out: they
/// are about messages, not about connections.
std::optional<DeviceIdentity> identify(const Config& config, const ClientIdentity& client);

}  // namespace rollcall
