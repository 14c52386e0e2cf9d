// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/sockets.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/adapters/mqtt/tcp_info.hpp"

namespace rollcall {
namespace {

using boost::asio::ip::address;

/// Those of this process. One may be closed by the time it is looked at.
std::vector<int> descriptors() {
  std::vector<int> found;
  std::error_code error;
  for (std::filesystem::directory_iterator each("/proc/self/fd", error), end; !error && each != end;
       each.increment(error)) {
    const auto name = each->path().filename().string();
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (descriptor >= 0) found.push_back(descriptor);
  }
  return found;
}

struct End {
  address host;
  std::uint16_t port = 0;
};

/// getpeername or getsockname; nothing if it isn't a (connected) socket of IP.
std::optional<End> end_of(int descriptor, int (*name)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (name(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return std::nullopt;
  if (storage.ss_family == AF_INET) {
    sockaddr_in plain{};
    std::memcpy(&plain, &storage, sizeof plain);
    return End{boost::asio::ip::address_v4(ntohl(plain.sin_addr.s_addr)), ntohs(plain.sin_port)};
  }
  if (storage.ss_family != AF_INET6) return std::nullopt;
  sockaddr_in6 plain{};
  std::memcpy(&plain, &storage, sizeof plain);
  boost::asio::ip::address_v6::bytes_type bytes;
  std::copy(std::begin(plain.sin6_addr.s6_addr), std::end(plain.sin6_addr.s6_addr), bytes.begin());
  return End{boost::asio::ip::address_v6(bytes), ntohs(plain.sin6_port)};
}

std::optional<End> peer_of(int descriptor) { return end_of(descriptor, &::getpeername); }

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Socket claim_socket(const std::vector<address>& addresses, std::uint16_t port) {
  struct Candidate {
    int descriptor = -1, count = 0;
    bool is_at_address = false;
  };
  std::map<ino_t, Candidate> candidates;
  for (const int descriptor : descriptors()) {
    struct stat status {};
    const auto peer = peer_of(descriptor);
    if (!peer || peer->port != port || ::fstat(descriptor, &status) != 0) continue;
    auto& candidate = candidates[status.st_ino];
    candidate.descriptor = descriptor;
    ++candidate.count;
    candidate.is_at_address = std::find(addresses.begin(), addresses.end(), peer->host) != addresses.end();
  }
  const Candidate* best = nullptr;
  for (const auto& [inode, candidate] : candidates) {
    if (candidate.count > 1 || tcp_state(candidate.descriptor) != TcpState::established) continue;
    if (best == nullptr || (candidate.is_at_address && !best->is_at_address)) best = &candidate;
  }
  if (best == nullptr) return {};
  Socket claimed(::fcntl(best->descriptor, F_DUPFD_CLOEXEC, 0));
  // The descriptor may have become another file's in between.
  const auto peer = claimed ? peer_of(claimed.get()) : std::nullopt;
  return peer && peer->port == port ? std::move(claimed) : Socket();
}

bool is_own_socket(const boost::asio::ip::tcp::endpoint& end) {
  const auto all = descriptors();
  return std::any_of(all.begin(), all.end(), [&](int descriptor) {
    const auto own = end_of(descriptor, &::getsockname);
    return own && own->port == end.port() && own->host == end.address();
  });
}

void set_no_delay(const Socket& socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace rollcall
