// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/tcp_traffic.hpp"

// The C library's tcp_info has no bytes; both headers don't go together, so this is a file of its own.
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace rollcall {

LinkTraffic tcp_traffic(int socket) {
  LinkTraffic traffic;
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0) {
    traffic.received = info.tcpi_bytes_received;
    traffic.delivered = info.tcpi_bytes_acked;
  }
  int undelivered = 0;
  traffic.has_undelivered = ::ioctl(socket, SIOCOUTQ, &undelivered) == 0 && undelivered > 0;
  return traffic;
}

}  // namespace rollcall
