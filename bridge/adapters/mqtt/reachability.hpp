// SPDX-License-Identifier: Apache-2.0
// Why a broker couldn't be reached: Paho says only that it couldn't, so this tries once more.
#pragma once

#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "bridge/adapters/mqtt/link.hpp"

namespace rollcall {

/// In the system's or OpenSSL's words: of a file for TLS that has become useless, else of the last address.
/// Takes seconds, on any thread.
std::string why_unreachable(const std::vector<boost::asio::ip::address>& addresses,
                            const MqttLinkSettings& settings);

}  // namespace rollcall
