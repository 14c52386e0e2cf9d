// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace rollcall {

/// True if `text` is UTF-8 as MQTT 5 section 1.5.4 has it (no surrogates, no overlong forms, no U+0000).
bool is_valid_utf8(std::string_view text);

}  // namespace rollcall
