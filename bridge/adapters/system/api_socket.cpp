// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/system/api_socket.hpp"

namespace rollcall {

std::string api_socket_path(const std::string& store_path) { return store_path + ".control"; }

}  // namespace rollcall
