// SPDX-License-Identifier: Apache-2.0
// What a device may say on `ds/declare/{device}` about what it is going to do (lifecycle rule 9):
// `{"status":"standby","for":"24h"}`. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "bridge/core/lifecycle/rules.hpp"
#include "bridge/core/lifecycle/template.hpp"

namespace rollcall {

/// Nothing: the payload is empty, which withdraws what was declared before. The error says what is wrong and
/// what would be right.
Result<std::optional<DeclaredStatus>> parse_declaration(std::string_view payload,
                                                        const TemplateDefinition& definition);

/// "the template "pump" has no status "x"; it must be one of "online", …"
std::string no_such_status(std::string_view status, const TemplateDefinition& definition);

}  // namespace rollcall
