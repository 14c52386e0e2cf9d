// SPDX-License-Identifier: Apache-2.0
// Small questions to the text of HTTP headers.
#pragma once

#include <string>
#include <string_view>

#include "base/lower_case.hpp"

namespace rollcall {

inline bool is_control(char each) { return static_cast<unsigned char>(each) < ' ' || each == '\x7F'; }

/// Without spaces and tabs at its ends.
std::string_view trimmed(std::string_view text);

/// Cuts off the text before the first `separator`, trimmed; all of it if there is none.
std::string_view take_item(std::string_view& text, char separator);

}  // namespace rollcall
