// SPDX-License-Identifier: Apache-2.0
// A template as GET /api/v1/templates has it, with every default filled in. Pure functions.
#pragma once

#include <nlohmann/json.hpp>

#include "bridge/core/lifecycle/template.hpp"

namespace rollcall {

nlohmann::ordered_json template_json(const TemplateDefinition& definition);

}  // namespace rollcall
