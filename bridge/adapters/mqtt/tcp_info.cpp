// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/tcp_info.hpp"

// The C library's tcp_info has no bytes; both headers don't go together, so this is a file of its own.
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace rollcall {
namespace {

// The system's numbers (TCP_ESTABLISHED and so on), which only the other header names.
constexpr int kEstablished = 1, kFinWait1 = 4, kFinWait2 = 5;

bool read_info(int socket, tcp_info& info) {
  socklen_t size = sizeof info;
  return ::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
}

}  // namespace

TcpState tcp_state(int socket) {
  tcp_info info{};
  if (!read_info(socket, info)) return TcpState::other;
  switch (info.tcpi_state) {
    case kEstablished:
      return TcpState::established;
    case kFinWait1:
    case kFinWait2:
      return TcpState::ended_here;
    default:
      return TcpState::other;
  }
}

LinkTraffic tcp_traffic(int socket) {
  LinkTraffic traffic;
  tcp_info info{};
  if (read_info(socket, info)) {
    traffic.received = info.tcpi_bytes_received;
    traffic.delivered = info.tcpi_bytes_acked;
  }
  int undelivered = 0;
  traffic.has_undelivered = ::ioctl(socket, SIOCOUTQ, &undelivered) == 0 && undelivered > 0;
  return traffic;
}

}  // namespace rollcall
