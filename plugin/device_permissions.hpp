// SPDX-License-Identifier: Apache-2.0
// Which client may publish declarations and reports about which device, by the rules that the bridge has
// sent. Until it has, nobody may. Runs on the broker's thread.
#pragma once

#include <optional>
#include <string_view>

#include "plugin/broker.hpp"
#include "topics/identity/device_rules.hpp"
#include "topics/names.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall::plugin {

/// Clients with a longer id or user name are neither sent to the bridge nor may they publish about a device:
/// they could fill the memory. A token fits into a user name.
inline constexpr std::size_t kMaxReportedIdBytes = 1024;
inline constexpr std::size_t kMaxReportedUsernameBytes = 4096;

inline bool is_too_long_to_be_reported(const ClientFacts& client) {
  return client.client_id.size() > kMaxReportedIdBytes || client.username.size() > kMaxReportedUsernameBytes;
}

class DevicePermissions {
 public:
  /// `names` must outlive it.
  explicit DevicePermissions(const TopicNames& names) : names_(names) {}

  /// Replaces the rules.
  void set_rules(request::Rules rules);

  /// True if `topic` is ds/declare/{device}, encoded as the bridge encodes it, and the rules make that device
  /// of this client.
  bool may_declare(const ClientFacts& client, std::string_view topic) const;

  /// True if `topic` is ds/report/{device}, encoded likewise, and the client's user is one of `reporters`.
  bool may_report(const ClientFacts& client, std::string_view topic) const;

  /// False if no rule has a `report_topic` that matches, whoever the client is. Cheap: for every message.
  bool may_be_report(const char* topic) const { return has_report_topics_ && matches_report_topic(topic); }

  /// True if a rule with `report_topic` makes this message a report about a device. `is_retained`: it was
  /// published with the flag retain.
  bool is_report(const ClientFacts& client, std::string_view topic, bool is_retained) const;

 private:
  bool matches_report_topic(std::string_view topic) const;
  IsTemplate templates() const;

  const TopicNames& names_;
  std::optional<request::Rules> rules_;  // without those of devices
  DeviceRules device_rules_;
  bool has_report_topics_ = false;
};

}  // namespace rollcall::plugin
