// SPDX-License-Identifier: Apache-2.0
// Where a server listens: addresses in words, and sockets that are bound to them.
#pragma once

#include <string>

#include "base/result.hpp"
#include "bridge/adapters/http/descriptor.hpp"

namespace rollcall {

struct ListenAddress {
  std::string host;  ///< a name or a literal address, without brackets
  std::string port;
};

/// Reads "host:port"; an IPv6 address stands in brackets. The error says what is wrong with the text.
Result<ListenAddress> parse_listen_address(const std::string& text);

/// Returns a socket that listens there; of a name's addresses at the first that can be had. Waits while a
/// name is looked up. The error names the address and the reason.
Result<Descriptor> listen_on_tcp(const std::string& address);

/// Returns a Unix socket that listens at this path, for its own user alone. Takes the place of a socket that
/// was left there, but of no other file. The error names the path and the reason.
Result<Descriptor> listen_on_unix(const std::string& path);

/// Returns where this socket listens, such as "127.0.0.1:41233" or "[::1]:80"; empty: not by IP.
std::string local_address(int descriptor);

/// Returns the IP address of the other side, one of IPv4 that comes by IPv6 as what it is; empty: it has
/// none, or has gone already.
std::string peer_address(int descriptor);

}  // namespace rollcall
