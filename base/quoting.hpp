// SPDX-License-Identifier: Apache-2.0
// How error messages name what they found: on one line, whatever a file holds. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

/// In double quotes, escaped, cut where it is long: for a line that people read.
std::string in_quotes(std::string_view text);

/// Returns `text`, in double quotes and escaped where it isn't plain: empty, with a space at an end, or with
/// something to escape. Never cut.
std::string quoted_unless_plain(std::string_view text);

/// Escapes, as \uXXXX, what would change how a terminal or an editor shows the text around it: control
/// characters other than newline and tab, Unicode's bidirectional controls and its invisible format
/// characters; bytes that aren't UTF-8 become \ufffd. JSON stays JSON, with the same values where it was
/// UTF-8.
std::string escape_unprintable(std::string_view text);

/// `"a", "b", "c"`.
std::string quoted_list(const std::vector<std::string_view>& names);

/// The name that was meant, if one is near enough to tell.
std::optional<std::string_view> nearest(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace rollcall
