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

/// `"a", "b", "c"`.
std::string quoted_list(const std::vector<std::string_view>& names);

/// The name that was meant, if one is near enough to tell.
std::optional<std::string_view> nearest(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace rollcall
