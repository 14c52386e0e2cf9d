// SPDX-License-Identifier: Apache-2.0
// The description of the API by OpenAPI 3.1: openapi.json beside this file, built in.
#pragma once

#include <string_view>

namespace rollcall {

std::string_view openapi_json();

}  // namespace rollcall
