// SPDX-License-Identifier: Apache-2.0
// Where the bridge with this store answers HTTP for its own user: a Unix socket beside the store.
#pragma once

#include <string>

namespace rollcall {

std::string api_socket_path(const std::string& store_path);

}  // namespace rollcall
