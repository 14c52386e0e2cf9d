// SPDX-License-Identifier: Apache-2.0
// Which client may publish declarations and reports about which device, by the rules that the bridge has
// sent. Until it has, nobody may. Runs on the broker's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

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
  /// of this client. Which device that is gets found out once for `handle`, and again if its facts change.
  bool may_declare(ClientHandle handle, const ClientFacts& client, std::string_view topic) const;

  /// The client has gone: what is kept of it goes, too.
  void forget(ClientHandle handle) { own_devices_.erase(handle); }

  /// True if `topic` is ds/report/{device}, encoded likewise, and the client's user is one of `reporters`.
  bool may_report(const ClientFacts& client, std::string_view topic) const;

  /// False if no rule has a `report_topic` that matches, whoever the client is. Cheap: for every message.
  bool may_be_report(const char* topic) const { return has_report_topics_ && matches_report_topic(topic); }

  /// True if a rule with `report_topic` makes this message a report about a device. `is_retained`: it was
  /// published with the flag retain.
  bool is_report(const ClientFacts& client, std::string_view topic, bool is_retained) const;

 private:
  using Names = std::set<std::string, std::less<>>;
  /// The device of a client that has tried to declare.
  struct OwnDevice {
    std::uint64_t facts = 0;           // a keyed hash of the client's: its address may be another's by now
    std::optional<std::string> level;  // the device, encoded; nothing: it is none
  };

  const std::optional<std::string>& own_device(ClientHandle handle, const ClientFacts& client) const;
  bool matches_report_topic(std::string_view topic) const;
  IsTemplate templates() const;

  const TopicNames& names_;
  bool has_rules_ = false;
  Names templates_, reporters_;
  DeviceRules device_rules_;
  bool has_report_topics_ = false;
  mutable std::unordered_map<ClientHandle, OwnDevice> own_devices_;  // by the rules as they are
};

}  // namespace rollcall::plugin
