// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/diagram/diagram_edges.hpp"

#include <fmt/format.h>

#include "base/duration.hpp"

namespace rollcall {
namespace {

DiagramEdge first_wait(const Branch& branch, const char* disconnect) {
  const auto then = branch.after == Millis{0} ? "at once" : "then " + format_duration(branch.after);
  return {DiagramEdge::Kind::wait, 0, branch.status, {fmt::format("{},", disconnect), then}};
}

std::string joined(const std::vector<std::string>& phrase) {
  std::string text;
  for (const auto& part : phrase) text += (text.empty() ? "" : " ") + part;
  return text;
}

}  // namespace

std::vector<DiagramEdge> diagram_edges(const TemplateDefinition& definition) {
  std::vector<DiagramEdge> edges;
  const auto& graceful = definition.on_graceful;
  const auto& non_graceful = definition.on_non_graceful;
  if (graceful.status == non_graceful.status && graceful.after == non_graceful.after) {
    edges.push_back(first_wait(graceful, "disconnect"));
  } else {
    edges.push_back(first_wait(graceful, "graceful disconnect"));
    edges.push_back(first_wait(non_graceful, "non-graceful disconnect"));
  }
  const auto& statuses = definition.statuses;
  for (std::size_t to = 2; to < statuses.size(); ++to) {
    const auto after = statuses[to].after;
    edges.push_back(
        {DiagramEdge::Kind::wait, to - 1, to, {after == Millis{0} ? "at once" : format_duration(after)}});
  }
  if (definition.on_late && definition.report_every) {
    const auto patience = *definition.report_every + definition.report_grace.value_or(Millis{0});
    edges.push_back(
        {DiagramEdge::Kind::late, 0, *definition.on_late, {"no report for", format_duration(patience)}});
  }
  if (const auto& forget_after = statuses.back().forget_after) {
    const auto last = statuses.size() - 1;
    edges.push_back({DiagramEdge::Kind::forget, last, last + 1, {format_duration(*forget_after)}});
  }
  return edges;
}

std::string way_back(const TemplateDefinition& definition) {
  if (definition.online_on_report) return "a connect or a report leads back";
  if (definition.on_late) return "a connect leads back, and a report of one that is connected";
  return "a connect leads back";
}

std::string diagram_description(const TemplateDefinition& definition) {
  std::string text;
  for (const auto& edge : diagram_edges(definition)) {
    const bool forgets = edge.kind == DiagramEdge::Kind::forget;
    text += fmt::format("From {} to {}: {}. ", definition.statuses[edge.from].label,
                        forgets ? "forgotten" : definition.statuses[edge.to].label, joined(edge.phrase));
  }
  return fmt::format("{}From each of them {} to {}.", text, way_back(definition),
                     definition.statuses.front().label);
}

}  // namespace rollcall
