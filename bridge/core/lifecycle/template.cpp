// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/template.hpp"

#include <algorithm>
#include <array>

namespace rollcall {
namespace {

constexpr std::array<std::string_view, 3> kCommandPolicies{"allow", "queue", "deny"};
constexpr std::array<std::string_view, 3> kCountsAs{"up", "down", "neither"};

struct Look {
  std::string_view key, color, icon;
};
constexpr Look kOtherLook{"", "#8b8d98", "circle"};
constexpr std::array<Look, 4> kLooks{{{"online", "#23c48e", "wifi"},
                                      {"offline", "#e5484d", "wifi-off"},
                                      {"standby", "#f5a524", "moon"},
                                      {"inactive", "#8b8d98", "archive"}}};

const Look& look_of(std::string_view key) {
  const auto* const found =
      std::find_if(kLooks.begin(), kLooks.end(), [&](const Look& look) { return look.key == key; });
  return found == kLooks.end() ? kOtherLook : *found;
}

StatusDefinition default_status(std::string_view key, Millis after) {
  StatusDefinition status;
  status.key = key;
  status.label = default_label(key);
  status.color = default_color(key);
  status.icon = default_icon(key);
  status.after = after;
  if (key == "online") {
    status.interaction = {};
  } else {
    status.message = default_message(status.label);
  }
  return status;
}

}  // namespace

std::string_view to_string(CommandPolicy policy) {
  return kCommandPolicies[static_cast<std::size_t>(policy)];
}

std::string_view to_string(CountsAs counts_as) { return kCountsAs[static_cast<std::size_t>(counts_as)]; }

CountsAs TemplateDefinition::counts_as(std::string_view key) const {
  bool is_up = true;
  for (const StatusDefinition& status : statuses) {
    if (status.key == "offline") is_up = false;
    if (status.key == key) return status.counts_as.value_or(is_up ? CountsAs::up : CountsAs::down);
  }
  return CountsAs::neither;
}

std::optional<std::size_t> TemplateDefinition::find_status(std::string_view key) const {
  for (std::size_t index = 0; index < statuses.size(); ++index) {
    if (statuses[index].key == key) return index;
  }
  return std::nullopt;
}

std::string default_label(std::string_view status_key) {
  std::string label(status_key);
  std::replace_if(
      label.begin(), label.end(), [](char c) { return c == '_' || c == '-'; }, ' ');
  if (!label.empty() && label.front() >= 'a' && label.front() <= 'z') label.front() -= 'a' - 'A';
  return label;
}

std::string_view default_color(std::string_view status_key) { return look_of(status_key).color; }

std::string_view default_icon(std::string_view status_key) { return look_of(status_key).icon; }

std::string default_message(std::string_view label) { return "Device is " + std::string(label); }

TemplateDefinition default_template() {
  TemplateDefinition definition;
  definition.name = "default";
  definition.statuses = {default_status("online", Millis{0}),
                         default_status("offline", std::chrono::minutes{1}),
                         default_status("inactive", std::chrono::hours{24} * 30)};
  definition.on_graceful = definition.on_non_graceful = Branch{1, definition.statuses[1].after};
  return definition;
}

}  // namespace rollcall
