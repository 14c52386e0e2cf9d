// SPDX-License-Identifier: Apache-2.0
// Who may speak for which device: declarations and reports, by the rules that the bridge has told. Until it
// has, nobody.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "plugin/broker.hpp"
#include "topics/identity/device_rules.hpp"
#include "topics/names.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall::plugin {

/// Clients with a longer id or user name are not reported and speak for nobody: they could fill the memory. A
/// token as a user name fits.
inline constexpr std::size_t kMaxReportedIdBytes = 1024;
inline constexpr std::size_t kMaxReportedUsernameBytes = 4096;

inline bool is_too_long_to_be_reported(const ClientFacts& client) {
  return client.client_id.size() > kMaxReportedIdBytes || client.username.size() > kMaxReportedUsernameBytes;
}

class Speakers {
 public:
  /// `names` must outlive it.
  explicit Speakers(const TopicNames& names) : names_(names) {}

  void set_rules(request::Rules rules);

  /// `topic` is ds/declare/{device}, written as the bridge writes it, and that device is this client's own.
  bool may_declare(const ClientFacts& client, std::string_view topic) const;

  /// `topic` is ds/report/{device}, written likewise, and the client's user is one of the `reporters`.
  bool may_report(const ClientFacts& client, std::string_view topic) const;

  /// False: no rule has a `report_topic` like this one, whoever the client is. Cheap, for every message.
  bool may_be_report(const char* topic) const { return has_report_topics_ && fits_a_report(topic); }

  /// A rule with `report_topic` makes this client's message a report about a device. `is_retained`: it was
  /// published with that flag.
  bool is_report(const ClientFacts& client, std::string_view topic, bool is_retained) const;

 private:
  bool fits_a_report(std::string_view topic) const;
  IsTemplate templates() const;

  const TopicNames& names_;
  std::optional<request::Rules> rules_;  ///< without those of devices
  DeviceRules device_rules_;
  bool has_report_topics_ = false;
};

}  // namespace rollcall::plugin
