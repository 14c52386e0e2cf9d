// SPDX-License-Identifier: Apache-2.0
// Which device a connection or a message belongs to: the first rule of `devices` that matches wins; no match:
// none. The bridge goes by it, and the plugin where it has to know who may speak for which device.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topics/identity/address_block.hpp"
#include "topics/identity/pattern.hpp"

namespace rollcall {

/// Whether a message that was published with the flag retain is a report.
enum class RetainedReports : std::uint8_t {
  ignore,  ///< no: a gateway may be repeating an old one
  count    ///< as any other
};

std::string_view to_string(RetainedReports retained);

/// One rule of `devices`; the fields that are there must all match.
struct DeviceRule {
  std::optional<Pattern> client_id, username, report_topic;
  std::optional<AddressBlock> address;
  std::optional<std::string> template_name;  ///< nothing: what {template} captured, else "default"
  bool ignore = false;
  RetainedReports retained = RetainedReports::ignore;  ///< where there is a report_topic

  bool operator==(const DeviceRule&) const = default;
};

struct DeviceIdentity {
  std::string device;         ///< as it is, not encoded; may be too long to be one (encode_device decides)
  std::string template_name;  ///< defined, where {template} gave it
};

/// What the broker knows of a client. An anonymous client's username counts as empty.
struct ClientIdentity {
  std::string_view client_id, username, address;
};

/// True for the name of a template that is defined: a {template} that isn't one means that the rule doesn't
/// match.
using IsTemplate = std::function<bool(std::string_view name)>;

/// Nothing: no rule matches, or the one that does says `ignore`. Rules with `report_topic` are left out: they
/// are about messages, not about connections.
std::optional<DeviceIdentity> identify(const std::vector<DeviceRule>& rules, const IsTemplate& is_template,
                                       const ClientIdentity& client);

/// Which device a message to `topic` is a report of, `client` having published it: rules with `report_topic`
/// alone are asked. Nothing: no rule matches, or the first that does says `ignore`, leaves out what was
/// published as retained, or has `{device}` in none of its fields, which the configuration refuses.
std::optional<DeviceIdentity> identify_report(const std::vector<DeviceRule>& rules,
                                              const IsTemplate& is_template, const ClientIdentity& client,
                                              std::string_view topic, bool is_retained);

}  // namespace rollcall
