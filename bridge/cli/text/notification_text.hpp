// SPDX-License-Identifier: Apache-2.0
// What people were told, as tables. Pure functions.
#pragma once

#include <vector>

#include "bridge/cli/text/json_members.hpp"
#include "bridge/cli/text/table.hpp"

namespace rollcall::cli {

/// `notifications`: of GET /api/v1/notifications.
Table notifications_table(const std::vector<Json>& notifications);

/// `incidents`: of GET /api/v1/incidents.
Table incidents_table(const std::vector<Json>& incidents);

}  // namespace rollcall::cli
