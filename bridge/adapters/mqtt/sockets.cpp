// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/sockets.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/adapters/mqtt/tcp_info.hpp"

namespace rollcall {
namespace {

using boost::asio::ip::tcp;

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

/// getpeername or getsockname; nothing if it isn't a (connected) socket of IP.
std::optional<tcp::endpoint> end_of(int descriptor, int (*name)(int, sockaddr*, socklen_t*)) {
  tcp::endpoint end;
  auto size = static_cast<socklen_t>(end.capacity());
  if (name(descriptor, end.data(), &size) != 0) return std::nullopt;
  const auto family = end.data()->sa_family;
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  end.resize(size);
  return end;
}

std::optional<tcp::endpoint> peer_of(int descriptor) { return end_of(descriptor, &::getpeername); }

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Socket claim_socket(const tcp::endpoint& peer) {
  std::map<ino_t, std::vector<int>> sockets;
  for (const int descriptor : descriptors()) {
    struct stat status {};
    if (peer_of(descriptor) == peer && ::fstat(descriptor, &status) == 0)
      sockets[status.st_ino].push_back(descriptor);
  }
  for (const auto& [inode, owners] : sockets) {
    if (owners.size() > 1 || tcp_state(owners[0]) != TcpState::established) continue;
    Socket claimed(::fcntl(owners[0], F_DUPFD_CLOEXEC, 0));
    // The descriptor may have become another file's in between.
    if (claimed && peer_of(claimed.get()) == peer) return claimed;
  }
  return {};
}

bool is_own_socket(const tcp::endpoint& end) {
  const auto all = descriptors();
  return std::any_of(all.begin(), all.end(),
                     [&](int descriptor) { return end_of(descriptor, &::getsockname) == end; });
}

void set_no_delay(const Socket& socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void make_room(const Socket& socket) {
  constexpr int kRoom = 1 << 20;
  int room = 0;
  socklen_t size = sizeof room;
  // On loopback the system gives more by itself.
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &room, &size) != 0 || room >= kRoom) return;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &kRoom, sizeof kRoom);
}

bool has_room(const Socket& socket, std::size_t bytes) {
  int room = 0, queued = 0;
  socklen_t size = sizeof room;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &room, &size) != 0) return true;
  if (::ioctl(socket.get(), SIOCOUTQ, &queued) != 0 || queued == 0) return true;
  // It can be written to while two thirds of its memory are in use, of which some are headers.
  return static_cast<std::size_t>(queued) + bytes <= static_cast<std::size_t>(room) / 2;
}

}  // namespace rollcall
