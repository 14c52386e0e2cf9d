// SPDX-License-Identifier: Apache-2.0
// Where everything in a diagram stands. The statuses go down the middle in the order of the chain. What
// leaves online for a later one than the next runs through lanes on the left: the farther, the further out,
// so that no two cross. The way back is a rail on the right. Private to diagram.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bridge/core/diagram/diagram_text.hpp"
#include "bridge/core/lifecycle/template.hpp"

namespace rollcall {

struct DiagramPoint {
  int x = 0, y = 0;
};

struct DiagramRectangle {
  int x = 0, y = 0, width = 0, height = 0;

  int right() const { return x + width; }
  int bottom() const { return y + height; }
  DiagramPoint middle() const { return {x + width / 2, y + height / 2}; }
};

/// One line of text that keeps within `room`.
struct DiagramText {
  enum class Align { left, middle, right };

  DiagramRectangle room;
  std::string text;
  DiagramFont font = DiagramFont::small;
  Align align = Align::left;
};

struct DiagramBox {
  DiagramRectangle outline;
  std::vector<DiagramText> texts;
};

/// A line with corners; an arrow at its end if `has_head`.
struct DiagramLine {
  enum class Style { wait, late, way_back };

  Style style = Style::wait;
  std::vector<DiagramPoint> points;
  bool has_head = true;
};

struct DiagramLayout {
  int width = 0, height = 0;
  std::vector<DiagramBox> statuses;   ///< one for each of the template, in order
  std::vector<DiagramBox> forgotten;  ///< one or none
  std::vector<DiagramLine> lines;
  std::vector<DiagramText> texts;  ///< heading, and what stands at lines
};

DiagramLayout diagram_layout(const TemplateDefinition& definition);

}  // namespace rollcall
