// SPDX-License-Identifier: Apache-2.0
// Texts and colours of diagrams: how wide a text may be in a font that nobody knows, where it breaks, how it
// is escaped, and what can be read on a colour. Private to diagram.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

enum class DiagramFont { heading, label, small, code };

int font_size_px(DiagramFont font);
int line_height_px(DiagramFont font);

/// A width that the text hardly exceeds in any usual font.
int text_width_px(std::string_view text, DiagramFont font);

/// The text in lines of at most `max_px` (one character, if that is wider): at spaces, else within words.
/// Runs of spaces become one. Nothing for a text of spaces.
std::vector<std::string> wrapped(std::string_view text, DiagramFont font, int max_px);

/// The same with lines as even as can be, and no more of them.
std::vector<std::string> balanced(std::string_view text, DiagramFont font, int max_px);

/// For an element or an attribute of XML. What XML can't hold, and controls, become U+FFFD.
std::string xml_escaped(std::string_view text);

/// For a quoted label of Mermaid: everything in ASCII that isn't a letter, a digit or a space becomes an
/// entity, so that neither Mermaid, nor its Markdown, nor HTML finds anything in it.
std::string mermaid_escaped(std::string_view text);

/// Black or white, whichever contrasts more with "#rrggbb": 4.5 : 1 at least (WCAG 2).
std::string_view readable_on(std::string_view color);

/// The contrast of two colours by WCAG 2, 1 to 21.
double contrast(std::string_view color, std::string_view other);

}  // namespace rollcall
