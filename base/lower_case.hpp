// SPDX-License-Identifier: Apache-2.0
// Letters of ASCII in lower case: where "any case" counts, whatever the language. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace rollcall {

constexpr char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_case(std::string_view text);

}  // namespace rollcall
