// SPDX-License-Identifier: Apache-2.0
// What few devices have, as the JSON that the store keeps it in: what they declared, what an operator has
// set, when they came and went, who fights over their ids. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall {

std::string to_json(const DeclarationRecord& declaration);
std::string to_json(const OperatorRecord& set);
std::string to_json(const std::vector<Time>& times);
std::string to_json(const std::vector<ConflictRecord>& conflicts);

/// The errors go on from the column's name: "is not JSON", …
Result<DeclarationRecord> declaration_from_json(std::string_view text);
Result<OperatorRecord> operator_from_json(std::string_view text);
Result<std::vector<Time>> times_from_json(std::string_view text);
Result<std::vector<ConflictRecord>> conflicts_from_json(std::string_view text);

}  // namespace rollcall
