// SPDX-License-Identifier: Apache-2.0
// That a diagram shows what there is, and that nothing in it lies on anything else.
#include "bridge/core/diagram/diagram.hpp"

#include <algorithm>
#include <random>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "base/duration.hpp"
#include "bridge/core/diagram/diagram_edges.hpp"
#include "bridge/core/diagram/diagram_layout.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

/// online, then `count` - 1 others, each after 1 min.
TemplateDefinition template_of(std::size_t count) {
  TemplateDefinition made;
  made.name = "t";
  for (std::size_t i = 0; i < count; ++i) {
    StatusDefinition status;
    status.key = i == 0 ? "online" : i == 1 ? "offline" : fmt::format("s{}", i);
    status.label = default_label(status.key);
    status.color = default_color(status.key);
    status.after = i == 0 ? 0min : 1min;
    made.statuses.push_back(status);
  }
  made.on_graceful = made.on_non_graceful = Branch{1, 1min};
  return made;
}

/// "0>1 disconnect, then 1m; 1>2 1m".
std::string edges_of(const TemplateDefinition& definition) {
  std::string text;
  for (const auto& edge : diagram_edges(definition)) {
    text += fmt::format("{}{}>{}", text.empty() ? "" : "; ", edge.from, edge.to);
    for (const auto& part : edge.phrase) text += " " + part;
  }
  return text;
}

bool overlap(const DiagramRectangle& a, const DiagramRectangle& b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

bool is_within(const DiagramRectangle& inner, const DiagramRectangle& outer) {
  return inner.x >= outer.x && inner.right() <= outer.right() && inner.y >= outer.y &&
         inner.bottom() <= outer.bottom();
}

DiagramRectangle hull(DiagramPoint a, DiagramPoint b) {
  return {std::min(a.x, b.x), std::min(a.y, b.y), std::abs(a.x - b.x), std::abs(a.y - b.y)};
}

/// Lines that meet, other than where one ends on another.
bool cross(const DiagramRectangle& a, const DiagramRectangle& b) {
  return (a.width == 0) != (b.width == 0) && overlap(a, b);
}

void check_tidy(const TemplateDefinition& definition) {
  const auto layout = diagram_layout(definition);
  const DiagramRectangle card{0, 0, layout.width, layout.height};
  auto boxes = layout.statuses;
  boxes.insert(boxes.end(), layout.forgotten.begin(), layout.forgotten.end());
  auto texts = layout.texts;
  BOOST_TEST_REQUIRE(layout.statuses.size() == definition.statuses.size());
  for (const auto& box : boxes) {
    for (const auto& text : box.texts) BOOST_TEST_REQUIRE(is_within(text.room, box.outline), text.text);
    for (const auto& text : layout.texts) BOOST_TEST_REQUIRE(!overlap(box.outline, text.room), text.text);
    texts.insert(texts.end(), box.texts.begin(), box.texts.end());
  }
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    BOOST_TEST_REQUIRE(is_within(boxes[i].outline, card));
    for (std::size_t j = 0; j < i; ++j) BOOST_TEST_REQUIRE(!overlap(boxes[i].outline, boxes[j].outline));
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    BOOST_TEST_REQUIRE(is_within(texts[i].room, card), texts[i].text);
    const auto width = text_width_px(texts[i].text, texts[i].font);
    BOOST_TEST_REQUIRE(width <= texts[i].room.width, texts[i].text);
    for (std::size_t j = 0; j < i; ++j) {
      BOOST_TEST_REQUIRE(!overlap(texts[i].room, texts[j].room), texts[i].text + " on " + texts[j].text);
    }
  }
  std::vector<DiagramRectangle> parts;
  for (const auto& line : layout.lines) {
    for (std::size_t i = 1; i < line.points.size(); ++i) {
      const auto part = hull(line.points[i - 1], line.points[i]);
      const auto thick = DiagramRectangle{part.x, part.y, std::max(part.width, 1), std::max(part.height, 1)};
      for (const auto& text : texts) BOOST_TEST_REQUIRE(!overlap(thick, text.room), text.text);
      for (const auto& box : boxes) BOOST_TEST_REQUIRE(!overlap(part, box.outline));
      for (const auto& other : parts) BOOST_TEST_REQUIRE(!cross(part, other));
      parts.push_back(part);
    }
  }
}

BOOST_AUTO_TEST_SUITE(diagram_suite)

BOOST_AUTO_TEST_CASE(waits_stand_at_the_chain) {
  BOOST_TEST(edges_of(template_of(2)) == "0>1 disconnect, then 1m");
  BOOST_TEST(edges_of(template_of(4)) == "0>1 disconnect, then 1m; 1>2 1m; 2>3 1m");
}

BOOST_AUTO_TEST_CASE(waits_of_nothing_are_at_once) {
  auto definition = template_of(3);
  for (auto& status : definition.statuses) status.after = 0s;
  definition.on_graceful = definition.on_non_graceful = Branch{1, 0s};
  BOOST_TEST(edges_of(definition) == "0>1 disconnect, at once; 1>2 at once");
}

BOOST_AUTO_TEST_CASE(branches_are_told_apart_where_they_differ) {
  auto definition = template_of(3);
  definition.on_graceful = Branch{2, 5min};
  BOOST_TEST(edges_of(definition) ==
             "0>2 graceful disconnect, then 5m; 0>1 non-graceful disconnect, then 1m; 1>2 1m");
  definition.on_graceful = Branch{1, 5min};
  BOOST_TEST(edges_of(definition) ==
             "0>1 graceful disconnect, then 5m; 0>1 non-graceful disconnect, then 1m; 1>2 1m");
  definition.on_graceful = definition.on_non_graceful = Branch{2, 5min};
  BOOST_TEST(edges_of(definition) == "0>2 disconnect, then 5m; 1>2 1m");
}

BOOST_AUTO_TEST_CASE(being_late_and_being_forgotten_are_shown) {
  auto definition = template_of(3);
  definition.report_every = Millis{24h};
  definition.report_grace = Millis{1h};
  definition.on_late = 2;
  definition.statuses.back().forget_after = 24h * 365;
  BOOST_TEST(edges_of(definition) == "0>1 disconnect, then 1m; 1>2 1m; 0>2 no report for 1d1h; 2>3 365d");
  BOOST_TEST((diagram_svg(definition).find(">forgotten</text>") != std::string::npos));
  BOOST_TEST((diagram_svg(template_of(3)).find(">forgotten</text>") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(the_way_back_says_whether_reports_count) {
  auto definition = template_of(2);
  BOOST_TEST(way_back(definition) == "a connect or a report leads back");
  definition.online_on_report = false;
  BOOST_TEST(way_back(definition) == "a connect leads back");
}

BOOST_AUTO_TEST_CASE(it_says_the_same_to_those_who_do_not_see_it) {
  BOOST_TEST(
      diagram_description(default_template()) ==
      "From Online to Offline: disconnect, then 1m. From Offline to Inactive: 30d. From each of them a "
      "connect or a report leads back to Online.");
}

BOOST_AUTO_TEST_CASE(labels_can_not_leave_their_place) {
  auto definition = template_of(2);
  const auto template_mermaid = diagram_mermaid(definition);
  definition.statuses[0].label = R"("]; </text><script>alert(1)</script> --> %%{init: {}}%%)";
  const auto svg = diagram_svg(definition);
  BOOST_TEST((svg.find("<script") == std::string::npos));
  const auto mermaid = diagram_mermaid(definition);
  BOOST_TEST((mermaid.find("script>") == std::string::npos));
  BOOST_TEST((mermaid.find("%%") == std::string::npos));
  BOOST_TEST(std::count(mermaid.begin(), mermaid.end(), '"') ==
             std::count(template_mermaid.begin(), template_mermaid.end(), '"'));
}

BOOST_AUTO_TEST_CASE(a_label_of_spaces_leaves_the_key) {
  auto definition = template_of(2);
  definition.statuses[1].label = "  ";
  BOOST_TEST((diagram_mermaid(definition).find("s1[\"offline\"]") != std::string::npos));
  BOOST_TEST(diagram_layout(definition).statuses[1].texts.at(0).text == "offline");
}

BOOST_AUTO_TEST_CASE(nothing_lies_on_anything_else) {
  for (const std::size_t count : {2U, 3U, 12U, 100U}) {
    BOOST_TEST_CONTEXT(count) { check_tidy(template_of(count)); }
  }
  auto definition = template_of(12);
  definition.name = std::string(64, 'M');
  for (auto& status : definition.statuses) status.label = std::string(200, 'W');
  definition.statuses[3].key = std::string(64, 'm');
  definition.statuses.back().forget_after = kMaxDuration;
  check_tidy(definition);
}

BOOST_AUTO_TEST_CASE(nothing_lies_on_anything_else_whatever_branches) {
  std::mt19937 random(42);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  const auto some_wait = [&] {
    const std::vector<Millis> waits{0s, 1min, 25h, kMaxDuration - 1s};
    return waits[below(waits.size())];
  };
  const std::vector<std::string> labels{"A",     "Two words", std::string(200, 'x'), "日本語 日本語",
                                        "مرحبا", "\xFF"};
  for (int round = 0; round < 300; ++round) {
    auto definition = template_of(2 + below(8));
    const auto later = [&] { return 1 + below(definition.statuses.size() - 1); };
    for (auto& status : definition.statuses) {
      status.label = labels[below(labels.size())];
      status.after = some_wait();
    }
    definition.online_on_report = below(2) == 0;
    definition.on_graceful = Branch{later(), some_wait()};
    definition.on_non_graceful = Branch{later(), some_wait()};
    if (below(2) == 0) {
      definition.report_every = some_wait();
      definition.on_late = later();
    }
    if (below(2) == 0) definition.statuses.back().forget_after = some_wait();
    BOOST_TEST_CONTEXT(edges_of(definition)) { check_tidy(definition); }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
