// SPDX-License-Identifier: Apache-2.0
// A device's connections as the JSON that the store keeps them in. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall {

/// What isn't UTF-8 is replaced, rather than that the whole batch can't be written.
std::string to_json(const std::vector<ConnectionRecord>& connections);

/// The error goes on from the column's name: "is not JSON", …
Result<std::vector<ConnectionRecord>> connections_from_json(std::string_view text);

}  // namespace rollcall
