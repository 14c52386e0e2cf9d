// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/template_json.hpp"

#include "base/duration.hpp"

namespace rollcall {
namespace {

using nlohmann::ordered_json;

ordered_json duration_or_null(const std::optional<Millis>& duration) {
  return duration ? ordered_json(format_duration(*duration)) : ordered_json();
}

ordered_json interaction_json(const Interaction& interaction) {
  return {{"disable", to_string(interaction.disable)},
          {"notify_on_open", interaction.notify_on_open},
          {"notify_on_interaction", interaction.notify_on_interaction}};
}

ordered_json notify_json(const std::optional<NotifyLimits>& notify) {
  if (!notify) return {};
  return {
      {"period", duration_or_null(notify->period)}, {"every", notify->every}, {"channels", notify->channels}};
}

ordered_json status_json(const TemplateDefinition& definition, const StatusDefinition& status) {
  return {{"status", status.key},
          {"label", status.label},
          {"color", status.color},
          {"icon", status.icon},
          {"after", &status == &definition.statuses.front() ? ordered_json()
                                                            : ordered_json(format_duration(status.after))},
          {"interaction", interaction_json(status.interaction)},
          {"commands", to_string(status.commands)},
          {"message", status.message},
          {"timeline", status.timeline},
          {"counts_as", to_string(definition.counts_as(status.key))},
          {"notify", notify_json(status.notify)},
          {"forget_after", duration_or_null(status.forget_after)}};
}

ordered_json branch_json(const TemplateDefinition& definition, const Branch& branch) {
  return {{"status", definition.statuses[branch.status].key}, {"after", format_duration(branch.after)}};
}

ordered_json flapping_json(const std::optional<Flapping>& flapping) {
  if (!flapping) return {};
  return {{"changes", flapping->changes},
          {"within", format_duration(flapping->within)},
          {"hold", format_duration(flapping->hold)}};
}

}  // namespace

ordered_json template_json(const TemplateDefinition& definition) {
  auto statuses = ordered_json::array();
  for (const auto& status : definition.statuses) statuses.push_back(status_json(definition, status));
  ordered_json causes;
  if (definition.graceful_causes) {
    causes = ordered_json::array();
    for (const Cause cause : *definition.graceful_causes) causes.push_back(to_string(cause));
  }
  return {{"template", definition.name},
          {"statuses", std::move(statuses)},
          {"online_on_report", definition.online_on_report},
          {"on_graceful", branch_json(definition, definition.on_graceful)},
          {"on_non_graceful", branch_json(definition, definition.on_non_graceful)},
          {"graceful_causes", std::move(causes)},
          {"report_every", duration_or_null(definition.report_every)},
          {"report_grace", duration_or_null(definition.report_grace)},
          {"on_late",
           definition.on_late ? ordered_json(definition.statuses[*definition.on_late].key) : ordered_json()},
          {"flapping", flapping_json(definition.flapping)},
          {"ignore_blips", duration_or_null(definition.ignore_blips)}};
}

}  // namespace rollcall
