// SPDX-License-Identifier: Apache-2.0
// What the configuration says about notifications. A value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/keyed_hash.hpp"
#include "bridge/core/config/config.hpp"

namespace rollcall {

/// At least so much lies between two notifications of one device.
inline constexpr Millis kBetweenNotifications = std::chrono::seconds{5};

class NotifyRules {
 public:
  explicit NotifyRules(const Config& config);

  /// False: nobody is told of anything, and nothing needs to be looked at.
  bool is_active() const { return !templates_.empty(); }
  /// nullptr: nobody is told of anything about its devices, and they are in no incident.
  const TemplateDefinition* find(std::string_view template_name) const;

  std::uint64_t daily_cap() const { return notify_.daily_cap; }
  const TimeZone& zone() const { return notify_.zone; }
  const std::optional<IncidentConfig>& incident() const { return notify_.incident; }
  /// After so much without another one back an incident of which some are back has ended.
  Millis outage_grace() const { return outage_grace_; }
  /// The address of a device's page; empty if it isn't known where people reach it.
  std::string url_of(std::string_view device) const;

  bool wants_gateways() const { return wants_gateways_; }

 private:
  std::unordered_map<std::string, TemplateDefinition, KeyedHash, std::equal_to<>> templates_;
  NotifyConfig notify_;
  Millis outage_grace_;
  std::string public_url_;
  bool wants_gateways_ = false;
};

/// nullptr: nobody is told when this status is entered.
const NotifyLimits* limits_of(const TemplateDefinition& definition, std::string_view status);
bool is_online(const TemplateDefinition& definition, std::string_view status);
/// A device in it is lost, where incidents are counted: it is told of, or counts as down.
bool is_lost_in(const TemplateDefinition& definition, std::string_view status);
/// Of the status; the key itself where the template doesn't have it.
std::string label_of(const TemplateDefinition& definition, std::string_view status);
bool is_muted_at(const TemplateDefinition& definition, Time time);

}  // namespace rollcall
