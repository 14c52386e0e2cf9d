// SPDX-License-Identifier: Apache-2.0
// Serves the web console's files beside the API. They are open to everybody: what they show is not.
#pragma once

#include <string_view>

#include "bridge/adapters/console/console_files.hpp"
#include "bridge/core/api/api.hpp"

namespace rollcall {

/// Adds "/" and the console's other addresses. Without a console there are none.
void add_console_pages(Api& api);

/// Returns the answer with this file.
HttpResponse console_answer(const ConsoleFile& file);

/// Returns where a request for the console's page is to go on: its addresses are relative, and so the page
/// itself must end in "/". Empty: it is right as it is.
std::string console_redirect(std::string_view target);

}  // namespace rollcall
