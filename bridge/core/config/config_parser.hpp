// SPDX-License-Identifier: Apache-2.0
// rollcall.json → Config. Nothing is half-applied: either every key is known, unique, of the right type and
// range, or there is one error that names file, line, column, path and what would be right.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "bridge/core/config/config.hpp"

namespace rollcall {

/// Parses `text`. `file_name` is what errors name; relative paths in the text are taken relative to its
/// folder. An error reads "rollcall.json:12:15: templates.sleeper.statuses[1].after: …".
Result<Config> parse_config(std::string_view text, const std::string& file_name);

}  // namespace rollcall
