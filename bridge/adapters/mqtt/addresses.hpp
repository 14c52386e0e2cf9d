// SPDX-License-Identifier: Apache-2.0
// Names of hosts. Paho looks them up while all of its connections wait, so that is done before it is asked.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "topics/result.hpp"

namespace rollcall {

/// In the order in which they should be tried, never empty; of a literal address that alone, at once. May
/// take minutes, on any thread.
Result<std::vector<boost::asio::ip::address>> look_up(const std::string& host);

/// True if look_up() has nothing to ask.
bool is_literal_address(const std::string& host);

}  // namespace rollcall
