// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/diagram/diagram_layout.hpp"

#include <algorithm>

#include "bridge/core/diagram/diagram_edges.hpp"

namespace rollcall {
namespace {

constexpr int kMargin = 28;
constexpr int kBoxWidth = 280;
constexpr int kPadding = 14;      // in a box, beside and above its text
constexpr int kLeastHeight = 50;  // of a box
constexpr int kLeastGap = 46;     // between boxes
constexpr int kLane = 16;         // between lanes
constexpr int kPort = 48;         // a lane's end at its box, with a line of text above and one below
constexpr int kLaneText = 208;
constexpr int kRail = 28;  // between the boxes and the way back
constexpr int kRailText = 136;
constexpr int kAside = 10;  // between a line and what stands at it

class Layout {
 public:
  explicit Layout(const TemplateDefinition& definition)
      : definition_(definition), edges_(diagram_edges(definition)) {
    for (const auto& edge : edges_) {
      if (is_in_lane(edge)) lanes_.push_back(&edge);
    }
    std::stable_sort(lanes_.begin(), lanes_.end(),
                     [](const DiagramEdge* a, const DiagramEdge* b) { return a->to < b->to; });
    const auto lanes = static_cast<int>(lanes_.size());
    left_ = kMargin + (lanes > 0 ? (lanes - 1) * kLane + kLaneText : 0);
    made_.width = left_ + kBoxWidth + kRail + kAside + kRailText + kMargin;
  }

  DiagramLayout make() {
    put_heading();
    for (std::size_t i = 0; i < definition_.statuses.size(); ++i) {
      made_.statuses.push_back(put_status(i));
      bottom_ = made_.statuses.back().outline.bottom();
      put_straight_line(i);
    }
    put_lanes();
    put_way_back();
    made_.height = bottom_ + kMargin;
    return std::move(made_);
  }

 private:
  static bool is_in_lane(const DiagramEdge& edge) {
    return edge.kind == DiagramEdge::Kind::late || edge.to > edge.from + 1;
  }

  int center() const { return left_ + kBoxWidth / 2; }

  /// Puts lines of text one below the other; returns where they end.
  static int put(std::vector<DiagramText>& to, const std::vector<std::string>& lines, DiagramRectangle first,
                 DiagramFont font, DiagramText::Align align) {
    first.height = line_height_px(font);
    for (const auto& line : lines) {
      to.push_back({first, line, font, align});
      first.y += first.height;
    }
    return first.y;
  }

  void put_heading() {
    const DiagramRectangle room{kMargin, kMargin - 6, made_.width - 2 * kMargin, 0};
    const auto lines = wrapped(definition_.name, DiagramFont::heading, room.width);
    bottom_ = put(made_.texts, lines, room, DiagramFont::heading, DiagramText::Align::left) + kPadding;
  }

  DiagramBox put_status(std::size_t index) {
    const auto& status = definition_.statuses[index];
    constexpr int kTextWidth = kBoxWidth - 2 * kPadding;
    const auto label = balanced(status.label, DiagramFont::label, kTextWidth);
    std::vector<std::string> key;
    if (status.label != default_label(status.key)) key = wrapped(status.key, DiagramFont::code, kTextWidth);
    const int text_height = static_cast<int>(label.size()) * line_height_px(DiagramFont::label) +
                            static_cast<int>(key.size()) * line_height_px(DiagramFont::code);

    DiagramBox box;
    box.outline = {left_, bottom_, kBoxWidth, std::max(kLeastHeight, text_height + 2 * kPadding)};
    const auto ports = std::count_if(lanes_.begin(), lanes_.end(),
                                     [&](const DiagramEdge* lane) { return lane->to == index; });
    box.outline.height = std::max(box.outline.height, static_cast<int>(ports) * kPort + kPadding);
    DiagramRectangle room{left_ + kPadding, box.outline.middle().y - text_height / 2, kTextWidth, 0};
    room.y = put(box.texts, label, room, DiagramFont::label, DiagramText::Align::middle);
    put(box.texts, key, room, DiagramFont::code, DiagramText::Align::middle);
    return box;
  }

  /// From a status to the one below it, and how far below that is.
  void put_straight_line(std::size_t from) {
    std::vector<const DiagramEdge*> straight;
    for (const auto& edge : edges_) {
      if (edge.from == from && !is_in_lane(edge)) straight.push_back(&edge);
    }
    const bool is_last = from + 1 == definition_.statuses.size();
    if (is_last && straight.empty()) return;
    const int top = bottom_;
    bottom_ += kLeastGap;
    // Both branches to the same status: one stands on each side of the line.
    for (const auto* edge : straight) {
      const bool is_right = edge == straight.back();
      bottom_ = std::max(bottom_, put_beside(edge->phrase, top + kLeastGap / 2, is_right) + kPadding);
    }
    if (!straight.empty()) {
      made_.lines.push_back({DiagramLine::Style::wait, {{center(), top}, {center(), bottom_}}});
    }
    if (is_last) put_forgotten();
  }

  /// Returns where the text ends. Its first line is level with `y`, as a single one beside a short line looks
  /// best.
  int put_beside(const std::vector<std::string>& phrase, int y, bool is_right) {
    constexpr int kWidth = kBoxWidth / 2 - kAside;
    std::vector<std::string> lines;
    for (const auto& part : phrase) {
      for (auto& line : wrapped(part, DiagramFont::small, kWidth)) lines.push_back(std::move(line));
    }
    const DiagramRectangle first{is_right ? center() + kAside : left_,
                                 y - line_height_px(DiagramFont::small) / 2 - 2, kWidth, 0};
    return put(made_.texts, lines, first, DiagramFont::small,
               is_right ? DiagramText::Align::left : DiagramText::Align::right);
  }

  void put_forgotten() {
    constexpr int kWidth = 120;
    constexpr int kHeight = 36;
    DiagramBox box;
    box.outline = {center() - kWidth / 2, bottom_, kWidth, kHeight};
    const int line = line_height_px(DiagramFont::small);
    put(box.texts, {"forgotten"}, {box.outline.x, box.outline.middle().y - line / 2, kWidth, line},
        DiagramFont::small, DiagramText::Align::middle);
    bottom_ = box.outline.bottom();
    made_.forgotten.push_back(box);
  }

  void put_lanes() {
    const auto& online = made_.statuses.front().outline;
    const auto lanes = static_cast<int>(lanes_.size());
    for (int i = 0; i < lanes; ++i) {
      const auto& edge = *lanes_[static_cast<std::size_t>(i)];
      const auto& target = made_.statuses[edge.to].outline;
      // Of those that end at one box, the outermost ends lowest and begins highest.
      int ports = 0;
      int place = 0;
      for (int other = 0; other < lanes; ++other) {
        if (lanes_[static_cast<std::size_t>(other)]->to != edge.to) continue;
        place += other < i ? 1 : 0;
        ++ports;
      }
      const int x = kMargin + (lanes - 1 - i) * kLane;
      const int begin = online.middle().y + (lanes - 1) * kLane / 2 - i * kLane;
      const int end = target.middle().y + (2 * place + 1 - ports) * kPort / 2;
      const auto style =
          edge.kind == DiagramEdge::Kind::late ? DiagramLine::Style::late : DiagramLine::Style::wait;
      made_.lines.push_back({style, {{online.x, begin}, {x, begin}, {x, end}, {target.x, end}}});
      put_at_lane(edge.phrase, end);
    }
  }

  /// What must happen above the line's end, how long it takes below.
  void put_at_lane(const std::vector<std::string>& phrase, int line_y) {
    const int height = line_height_px(DiagramFont::small);
    const int begin = left_ - kLaneText + kAside;
    const int width = kLaneText - 2 * kAside - 4;  // the arrow's head needs some
    put(made_.texts, {phrase.front()}, {begin, line_y - height - 1, width, height}, DiagramFont::small,
        DiagramText::Align::right);
    put(made_.texts, {phrase.back()}, {begin, line_y + 1, width, height}, DiagramFont::small,
        DiagramText::Align::right);
  }

  void put_way_back() {
    const int right = left_ + kBoxWidth;
    const int rail = right + kRail;
    const auto middle_of = [&](std::size_t i) { return made_.statuses[i].outline.middle().y; };
    const auto count = made_.statuses.size();
    for (std::size_t i = 1; i + 1 < count; ++i) {
      made_.lines.push_back(
          {DiagramLine::Style::way_back, {{right, middle_of(i)}, {rail, middle_of(i)}}, false});
    }
    made_.lines.push_back({DiagramLine::Style::way_back,
                           {{right, middle_of(count - 1)},
                            {rail, middle_of(count - 1)},
                            {rail, middle_of(0)},
                            {right, middle_of(0)}}});
    const auto lines = wrapped(way_back(definition_), DiagramFont::small, kRailText);
    const int height = static_cast<int>(lines.size()) * line_height_px(DiagramFont::small);
    const int end = put(made_.texts, lines, {rail + kAside, middle_of(0) - height / 2, kRailText, 0},
                        DiagramFont::small, DiagramText::Align::left);
    bottom_ = std::max(bottom_, end);
  }

  const TemplateDefinition& definition_;
  std::vector<DiagramEdge> edges_;
  std::vector<const DiagramEdge*> lanes_;  ///< the innermost first
  int left_ = 0, bottom_ = 0;
  DiagramLayout made_;
};

}  // namespace

DiagramLayout diagram_layout(const TemplateDefinition& definition) { return Layout(definition).make(); }

}  // namespace rollcall
