// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "bridge/core/diagram/diagram.hpp"
#include "bridge/core/diagram/diagram_edges.hpp"
#include "bridge/core/diagram/diagram_text.hpp"

namespace rollcall {
namespace {

std::string escaped_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "<br>") + mermaid_escaped(line);
  return text;
}

/// Nodes have numbers for names: a key may be a word of Mermaid's, such as "end". Mermaid breaks lines too,
/// but only between words, and at 200 px.
std::string node(const StatusDefinition& status, std::size_t index) {
  constexpr int kWidth = 190;
  auto lines = balanced(status.label, DiagramFont::label, kWidth);
  if (lines.empty() || status.label != default_label(status.key)) {
    for (auto& line : wrapped(status.key, DiagramFont::label, kWidth)) lines.push_back(std::move(line));
  }
  return fmt::format("  s{}[\"{}\"]\n", index, escaped_lines(lines));
}

std::string edge_line(const DiagramEdge& edge) {
  const auto target =
      edge.kind == DiagramEdge::Kind::forget ? "forgotten(\"forgotten\")" : fmt::format("s{}", edge.to);
  return fmt::format("  s{} {}|\"{}\"| {}\n", edge.from,
                     edge.kind == DiagramEdge::Kind::late ? "-.->" : "-->", escaped_lines(edge.phrase),
                     target);
}

}  // namespace

std::string diagram_mermaid(const TemplateDefinition& definition) {
  const auto& statuses = definition.statuses;
  auto out = fmt::format("flowchart TD\n  accTitle: The template {}\n", definition.name);
  out += fmt::format("  back(\"{}\") -.-> s0\n", mermaid_escaped(way_back(definition)));
  for (std::size_t i = 0; i < statuses.size(); ++i) out += node(statuses[i], i);
  for (const auto& edge : diagram_edges(definition)) out += edge_line(edge);
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    out += fmt::format("  style s{} fill:{},color:{},stroke:#64748b\n", i, statuses[i].color,
                       readable_on(statuses[i].color));
  }
  out += "  style back fill:none,stroke:#94a3b8,stroke-dasharray:4 4\n";
  if (statuses.back().forget_after)
    out += "  style forgotten fill:none,stroke:#94a3b8,stroke-dasharray:4 4\n";
  return out;
}

}  // namespace rollcall
