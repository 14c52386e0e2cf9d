// SPDX-License-Identifier: Apache-2.0
// A template as a picture: its statuses, what leads from one to the next, and the way back. Pure: text out,
// the same bytes for the same template.
#pragma once

#include <string>

#include "bridge/core/lifecycle/template.hpp"

namespace rollcall {

/// A whole SVG file that needs nothing else: its own background, for light and dark, and the fonts of the
/// system. The template has two statuses or more, as every one that parse_config() gives.
std::string diagram_svg(const TemplateDefinition& definition);

/// The same as a Mermaid flowchart, for Markdown.
std::string diagram_mermaid(const TemplateDefinition& definition);

}  // namespace rollcall
