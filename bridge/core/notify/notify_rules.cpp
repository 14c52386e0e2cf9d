// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/notify/notify_rules.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rollcall {
namespace {

bool is_told_of(const TemplateDefinition& definition) {
  return std::any_of(definition.statuses.begin(), definition.statuses.end(),
                     [](const StatusDefinition& status) { return status.notify.has_value(); });
}

/// As encodeURIComponent() of the console does it.
std::string url_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("-_.!~*'()").find(c) != std::string_view::npos;
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

NotifyRules::NotifyRules(const Config& config)
    : notify_(config.notify), outage_grace_(config.outage_grace), public_url_(config.http.public_url) {
  for (const auto& definition : config.templates) {
    if (notify_.incident || is_told_of(definition)) templates_.emplace(definition.name, definition);
  }
  if (!notify_.incident) return;
  const auto& by = notify_.incident->by;
  wants_gateways_ = std::any_of(by.begin(), by.end(), [](const IncidentGroup& each) {
    return each.kind == IncidentGroup::Kind::gateway;
  });
}

const TemplateDefinition* NotifyRules::find(std::string_view template_name) const {
  const auto found = templates_.find(template_name);
  return found == templates_.end() ? nullptr : &found->second;
}

std::string NotifyRules::url_of(std::string_view device) const {
  return public_url_.empty() ? std::string() : public_url_ + "/#/devices/" + url_encoded(device);
}

const NotifyLimits* limits_of(const TemplateDefinition& definition, std::string_view status) {
  const auto index = definition.find_status(status);
  if (!index || !definition.statuses[*index].notify) return nullptr;
  return &*definition.statuses[*index].notify;
}

bool is_online(const TemplateDefinition& definition, std::string_view status) {
  return !definition.statuses.empty() && definition.statuses.front().key == status;
}

bool is_lost_in(const TemplateDefinition& definition, std::string_view status) {
  if (is_online(definition, status)) return false;
  return limits_of(definition, status) != nullptr || definition.counts_as(status) == CountsAs::down;
}

std::string label_of(const TemplateDefinition& definition, std::string_view status) {
  const auto index = definition.find_status(status);
  return index ? definition.statuses[*index].label : std::string(status);
}

bool is_muted_at(const TemplateDefinition& definition, Time time) {
  return std::any_of(definition.mute.begin(), definition.mute.end(),
                     [&](const MuteHours& hours) { return hours.covers(time); });
}

}  // namespace rollcall
