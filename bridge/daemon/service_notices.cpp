// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/service_notices.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace rollcall {

ServiceNotices::ServiceNotices(boost::asio::io_context& io, ServiceManager manager)
    : manager_(std::move(manager)), timer_(io) {}

void ServiceNotices::ready() {
  manager_.tell("READY=1");
  if (manager_.watchdog() && !std::exchange(is_showing_life_, true)) show_life();
}

void ServiceNotices::reloading() {
  // libstdc++'s steady clock is CLOCK_MONOTONIC, as the protocol asks for.
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
  manager_.tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

void ServiceNotices::stopping() { manager_.tell("STOPPING=1"); }

void ServiceNotices::show_life() {
  manager_.tell("WATCHDOG=1");
  timer_.expires_after(*manager_.watchdog() / 2);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) show_life();
  });
}

}  // namespace rollcall
