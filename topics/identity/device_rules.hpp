// SPDX-License-Identifier: Apache-2.0
// Which device a connection or a message belongs to: the first rule of `devices` that matches wins; no match:
// none. The bridge goes by it, and the plugin where it has to know who may speak for which device.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topics/identity/device_rule.hpp"
#include "topics/identity/rule_index.hpp"

namespace rollcall {

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

/// The rules in their order. Which of them may match is looked up, so that many cost little more than a few.
class DeviceRules {
 public:
  DeviceRules() = default;
  DeviceRules(std::vector<DeviceRule> rules);  // NOLINT(google-explicit-constructor): it is the same thing
  DeviceRules(std::initializer_list<DeviceRule> rules) : DeviceRules(std::vector<DeviceRule>(rules)) {}

  /// Nothing: no rule matches, or the one that does says `ignore`. Rules with `report_topic` are left out:
  /// they are about messages, not about connections.
  std::optional<DeviceIdentity> identify(const IsTemplate& is_template, const ClientIdentity& client) const;

  /// Which device a message to `topic` is a report of, `client` having published it: rules with
  /// `report_topic` alone are asked. Nothing: no rule matches, or the first that does says `ignore`, leaves
  /// out what was published as retained, or has `{device}` in none of its fields, which the configuration
  /// refuses.
  std::optional<DeviceIdentity> identify_report(const IsTemplate& is_template, const ClientIdentity& client,
                                                std::string_view topic, bool is_retained) const;

  /// False: no rule has a `report_topic` that matches `topic`, whoever published it. Allocates nothing.
  bool may_be_report(std::string_view topic) const;

  const std::vector<DeviceRule>& all() const { return rules_; }
  std::size_t size() const { return rules_.size(); }
  bool empty() const { return rules_.empty(); }
  const DeviceRule& operator[](std::size_t index) const { return rules_[index]; }
  bool operator==(const DeviceRules& other) const { return rules_ == other.rules_; }

 private:
  std::vector<DeviceRule> rules_;
  bool has_addresses_ = false;  ///< one of them has: else a client's isn't read
  RuleIndex of_connections_, of_reports_;
  RuleIndex by_topic_;  ///< those of reports, by their topic alone
};

}  // namespace rollcall
