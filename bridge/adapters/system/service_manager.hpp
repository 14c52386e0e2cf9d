// SPDX-License-Identifier: Apache-2.0
// The service manager that started this process, such as systemd: it is told when the process is ready,
// reloads and stops, and that it is alive. The protocol is that of sd_notify(3): a message is one datagram to
// the Unix socket that NOTIFY_SOCKET names. A value: copies talk to the same manager. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace rollcall {

class ServiceManager {
 public:
  /// Nobody: tell() does nothing.
  ServiceManager() = default;
  /// `socket` is a path, or begins with @ for an abstract name. `watchdog` is what watchdog() returns.
  ServiceManager(std::string socket, std::optional<Millis> watchdog);

  /// The manager that NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment name.
  static ServiceManager of_environment();

  /// It restarts a process that says nothing for so long. Empty: it doesn't watch this one.
  std::optional<Millis> watchdog() const { return watchdog_; }

  /// Says "NAME=VALUE", several of them on a line each. Never blocks and never fails: without anybody who
  /// listens the message is lost.
  void tell(std::string_view message) const;

 private:
  std::string socket_;
  std::optional<Millis> watchdog_;
};

}  // namespace rollcall
