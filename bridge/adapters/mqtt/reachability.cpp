// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/reachability.hpp"

#include <chrono>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <sys/socket.h>
#include <sys/time.h>

#include "bridge/adapters/mqtt/tls.hpp"

namespace rollcall {

std::string why_unreachable(const std::vector<boost::asio::ip::address>& addresses,
                            const MqttLinkSettings& settings) {
  constexpr std::chrono::seconds kPatience{2};
  if (settings.tls) {
    if (auto checked = check_tls_files(*settings.tls); !checked) return checked.error().message;
  }
  std::string reason = "no answer";
  for (const auto& address : addresses) {
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket socket(io);
    boost::system::error_code result = boost::asio::error::timed_out;
    socket.async_connect({address, settings.port},
                         [&](const boost::system::error_code& error) { result = error; });
    io.run_for(kPatience);
    if (result) {
      reason = result.message();
      continue;
    }
    if (settings.tls) {
      socket.non_blocking(false, result);
      socket.native_non_blocking(false, result);
      const timeval patience{kPatience.count(), 0};
      for (const int limit : {SO_RCVTIMEO, SO_SNDTIMEO})
        ::setsockopt(socket.native_handle(), SOL_SOCKET, limit, &patience, sizeof patience);
      if (auto problem = why_no_tls(socket.native_handle(), settings.host, *settings.tls)) return *problem;
    }
    return settings.websocket_path ? "no MQTT over websockets at " + *settings.websocket_path
                                   : "closed without a reason";
  }
  return reason;
}

}  // namespace rollcall
