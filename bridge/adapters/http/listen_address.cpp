// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/listen_address.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "bridge/adapters/http/unix_address.hpp"

namespace rollcall {
namespace {

constexpr std::string_view kMappedIpv4 = "::ffff:";

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

/// Returns nothing and leaves the reason in errno.
Descriptor listen_on(const addrinfo& address) {
  Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1;
  if (socket.is_open() && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
      ::bind(socket.get(), address.ai_addr, address.ai_addrlen) == 0 &&
      ::listen(socket.get(), SOMAXCONN) == 0) {
    return socket;
  }
  const int reason = errno;
  socket = Descriptor();
  errno = reason;
  return {};
}

struct NumericAddress {
  std::string host, port;
  bool is_ipv6 = false;
};

using NameGetter = int(int, sockaddr*, socklen_t*);

NumericAddress numeric_address(int descriptor, NameGetter* get_name) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (get_name(descriptor, generic, &size) != 0 ||
      (address.ss_family != AF_INET && address.ss_family != AF_INET6)) {
    return {};
  }
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(generic, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  return {host.data(), port.data(), address.ss_family == AF_INET6};
}

}  // namespace

Result<ListenAddress> parse_listen_address(const std::string& text) {
  const auto wrong = [&] {
    return fail(
        fmt::format("\"{}\" is no address to listen on; write HOST:PORT, such as \"127.0.0.1:8080\" or "
                    "\"[::1]:8080\"",
                    text));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return wrong();
  ListenAddress address{text.substr(0, colon), text.substr(colon + 1)};
  auto& host = address.host;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string::npos) return wrong();
  } else if (host.find_first_of("[]:") != std::string::npos) {
    return wrong();
  }
  const bool is_number = !address.port.empty() && address.port.size() <= 5 &&
                         std::all_of(address.port.begin(), address.port.end(),
                                     [](char digit) { return digit >= '0' && digit <= '9'; });
  if (host.empty() || !is_number || std::stoi(address.port) > 65535) return wrong();
  return address;
}

Result<Descriptor> listen_on_tcp(const std::string& address) {
  const auto parsed = parse_listen_address(address);
  if (!parsed) return tl::make_unexpected(parsed.error());
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* first = nullptr;
  if (const int error = ::getaddrinfo(parsed->host.c_str(), parsed->port.c_str(), &hints, &first);
      error != 0) {
    return fail(fmt::format("can't listen on {}: {}", address, ::gai_strerror(error)));
  }
  const Addresses addresses(first, &::freeaddrinfo);
  int reason = EADDRNOTAVAIL;
  for (const auto* each = first; each != nullptr; each = each->ai_next) {
    if (auto socket = listen_on(*each); socket.is_open()) return socket;
    reason = errno;
  }
  return fail(fmt::format("can't listen on {}: {}", address, std::strerror(reason)));
}

Result<Descriptor> listen_on_unix(const std::string& path) {
  const auto address = unix_address(path);
  if (!address) return tl::make_unexpected(address.error());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) ::unlink(path.c_str());
  // Linux makes the file with the socket's own mode, so that nobody gets in before it is set.
  if (!socket.is_open() || ::fchmod(socket.get(), 0600) != 0 ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      ::listen(socket.get(), SOMAXCONN) != 0) {
    return fail(fmt::format("can't listen on \"{}\": {}", path, std::strerror(errno)));
  }
  return socket;
}

std::string local_address(int descriptor) {
  const auto address = numeric_address(descriptor, &::getsockname);
  if (address.host.empty()) return "";
  const auto host = address.is_ipv6 ? fmt::format("[{}]", address.host) : address.host;
  return fmt::format("{}:{}", host, address.port);
}

std::string peer_address(int descriptor) {
  auto host = numeric_address(descriptor, &::getpeername).host;
  if (host.compare(0, kMappedIpv4.size(), kMappedIpv4) == 0) host.erase(0, kMappedIpv4.size());
  return host;
}

}  // namespace rollcall
