// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/addresses.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace rollcall {

using boost::asio::ip::address;

bool is_literal_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

Result<std::vector<address>> look_up(const std::string& host) {
  boost::system::error_code is_name;
  const auto literal = boost::asio::ip::make_address(host, is_name);
  if (!is_name) return std::vector{literal};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &first);
  if (error != 0) return fail(error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(first, &::freeaddrinfo);
  std::vector<address> found;
  for (const auto* each = first; each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET) {
      sockaddr_in plain{};
      std::memcpy(&plain, each->ai_addr, sizeof plain);
      found.emplace_back(boost::asio::ip::address_v4(ntohl(plain.sin_addr.s_addr)));
    } else if (each->ai_family == AF_INET6) {
      sockaddr_in6 plain{};
      std::memcpy(&plain, each->ai_addr, sizeof plain);
      boost::asio::ip::address_v6::bytes_type bytes;
      std::copy(std::begin(plain.sin6_addr.s6_addr), std::end(plain.sin6_addr.s6_addr), bytes.begin());
      found.emplace_back(boost::asio::ip::address_v6(bytes, plain.sin6_scope_id));
    }
  }
  if (found.empty()) return fail("has no IP address");
  return found;
}

}  // namespace rollcall
