// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <fmt/format.h>

#include "bridge/core/diagram/diagram.hpp"
#include "bridge/core/diagram/diagram_edges.hpp"
#include "bridge/core/diagram/diagram_layout.hpp"

namespace rollcall {
namespace {

// A card of its own, so that no page's background comes between text and contrast. Everything is named after
// Rollcall, because a page that takes the file in shares its styles and ids with it.
constexpr std::string_view kStyle = R"(  <style>
    .rollcall-diagram { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif }
    .rollcall-diagram .card { fill: #ffffff; stroke: #d5dbe3 }
    .rollcall-diagram .heading { font-size: 18px; font-weight: 700; fill: #0f172a }
    .rollcall-diagram .label { font-size: 16px; font-weight: 600 }
    .rollcall-diagram .small { font-size: 13px; fill: #475569 }
    .rollcall-diagram .code { font-size: 12px; font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace }
    .rollcall-diagram .status { stroke: #0f172a; stroke-opacity: 0.25; stroke-width: 1.5 }
    .rollcall-diagram .forgotten { fill: none; stroke: #94a3b8; stroke-width: 1.5; stroke-dasharray: 4 4 }
    .rollcall-diagram .line { fill: none; stroke: #475569; stroke-width: 1.8 }
    .rollcall-diagram .late { stroke-dasharray: 7 4 }
    .rollcall-diagram .way-back { stroke: #94a3b8; stroke-width: 1.4; stroke-dasharray: 2 4 }
    .rollcall-diagram .head { fill: #475569 }
    .rollcall-diagram .faint-head { fill: #94a3b8 }
    @media (prefers-color-scheme: dark) {
      .rollcall-diagram .card { fill: #111827; stroke: #334155 }
      .rollcall-diagram .heading { fill: #f1f5f9 }
      .rollcall-diagram .small { fill: #b6c2d1 }
      .rollcall-diagram .status { stroke: #f1f5f9 }
      .rollcall-diagram .forgotten { stroke: #64748b }
      .rollcall-diagram .line { stroke: #b6c2d1 }
      .rollcall-diagram .way-back { stroke: #64748b }
      .rollcall-diagram .head { fill: #b6c2d1 }
      .rollcall-diagram .faint-head { fill: #64748b }
    }
  </style>
)";

constexpr std::string_view kHeads = R"(  <defs>
    <marker id="rollcall-head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 1L10 5L0 9Z"/></marker>
    <marker id="rollcall-faint-head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="faint-head" d="M0 1L10 5L0 9Z"/></marker>
  </defs>
)";

std::string text_element(const DiagramText& text, std::string_view fill) {
  constexpr std::array<std::string_view, 4> kClasses{"heading", "label", "small", "code"};
  constexpr std::array<std::string_view, 3> kAnchors{"start", "middle", "end"};
  const auto align = static_cast<std::size_t>(text.align);
  const int x = text.room.x + text.room.width * static_cast<int>(align) / 2;
  const int baseline = text.room.middle().y + font_size_px(text.font) * 35 / 100;
  return fmt::format("  <text class=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\"{}>{}</text>\n",
                     kClasses[static_cast<std::size_t>(text.font)], x, baseline, kAnchors[align],
                     fill.empty() ? "" : fmt::format(" fill=\"{}\"", fill), xml_escaped(text.text));
}

std::string box_element(const DiagramBox& box, std::string_view style, std::string_view fill) {
  const auto& outline = box.outline;
  auto out =
      fmt::format("  <rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"{}/>\n", style,
                  outline.x, outline.y, outline.width, outline.height, fill.empty() ? outline.height / 2 : 12,
                  fill.empty() ? "" : fmt::format(" fill=\"{}\"", fill));
  for (const auto& text : box.texts) out += text_element(text, fill.empty() ? "" : readable_on(fill));
  return out;
}

/// The path with rounded corners, all of which are right angles.
std::string path_of(const std::vector<DiagramPoint>& points) {
  constexpr int kRadius = 8;
  const auto step = [](int from, int to) { return from == to ? 0 : from < to ? kRadius : -kRadius; };
  auto path = fmt::format("M{} {}", points.front().x, points.front().y);
  for (std::size_t i = 1; i + 1 < points.size(); ++i) {
    const auto& before = points[i - 1];
    const auto& corner = points[i];
    const auto& after = points[i + 1];
    path += fmt::format("L{} {}Q{} {} {} {}", corner.x - step(before.x, corner.x),
                        corner.y - step(before.y, corner.y), corner.x, corner.y,
                        corner.x + step(corner.x, after.x), corner.y + step(corner.y, after.y));
  }
  return path + fmt::format("L{} {}", points.back().x, points.back().y);
}

std::string line_element(const DiagramLine& line) {
  constexpr std::array<std::string_view, 3> kStyles{"line", "line late", "line way-back"};
  const bool is_faint = line.style == DiagramLine::Style::way_back;
  std::string head;
  if (line.has_head) head = fmt::format(" marker-end=\"url(#rollcall{}-head)\"", is_faint ? "-faint" : "");
  return fmt::format("  <path class=\"{}\" d=\"{}\"{}/>\n", kStyles[static_cast<std::size_t>(line.style)],
                     path_of(line.points), head);
}

}  // namespace

std::string diagram_svg(const TemplateDefinition& definition) {
  const auto layout = diagram_layout(definition);
  const auto name = xml_escaped(definition.name);
  auto out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"rollcall-diagram\" viewBox=\"0 0 {0} {1}\" "
      "width=\"{0}\" height=\"{1}\" role=\"img\" aria-labelledby=\"rollcall-{2}-title rollcall-{2}-desc\">\n"
      "  <title id=\"rollcall-{2}-title\">The template {2}</title>\n"
      "  <desc id=\"rollcall-{2}-desc\">{3}</desc>\n",
      layout.width, layout.height, name, xml_escaped(diagram_description(definition)));
  out += kStyle;
  out += kHeads;
  out += fmt::format("  <rect class=\"card\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"14\"/>\n",
                     layout.width - 1, layout.height - 1);
  for (const auto& line : layout.lines) out += line_element(line);
  for (std::size_t i = 0; i < layout.statuses.size(); ++i) {
    out += box_element(layout.statuses[i], "status", definition.statuses[i].color);
  }
  for (const auto& box : layout.forgotten) out += box_element(box, "forgotten", "");
  for (const auto& text : layout.texts) out += text_element(text, "");
  return out + "</svg>\n";
}

}  // namespace rollcall
