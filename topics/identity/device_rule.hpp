// SPDX-License-Identifier: Apache-2.0
// One rule of `devices`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "topics/identity/address_block.hpp"
#include "topics/identity/pattern.hpp"

namespace rollcall {

/// Whether a message that was published with the flag retain is a report.
enum class RetainedReports : std::uint8_t {
  ignore,  ///< no: a gateway may be repeating an old one
  count    ///< as any other
};

std::string_view to_string(RetainedReports retained);

/// The fields that are there must all match.
struct DeviceRule {
  std::optional<Pattern> client_id, username, report_topic;
  std::optional<AddressBlock> address;
  std::optional<std::string> template_name;  ///< nothing: what {template} captured, else "default"
  bool ignore = false;
  RetainedReports retained = RetainedReports::ignore;  ///< where there is a report_topic

  bool operator==(const DeviceRule&) const = default;
};

}  // namespace rollcall
