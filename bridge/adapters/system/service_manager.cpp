// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/system/service_manager.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace rollcall {
namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view{} : value;
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

std::optional<Millis> watchdog_of_environment() {
  // With an id, the variables are meant for that process, and this one has only inherited them.
  const auto owner = variable("WATCHDOG_PID");
  if (!owner.empty() && number_in(owner) != ::getpid()) return std::nullopt;
  const auto interval = number_in(variable("WATCHDOG_USEC"));
  if (!interval) return std::nullopt;
  return std::chrono::duration_cast<Millis>(std::chrono::microseconds{*interval});
}

}  // namespace

ServiceManager::ServiceManager(std::string socket, std::optional<Millis> watchdog)
    : socket_(std::move(socket)), watchdog_(watchdog) {}

ServiceManager ServiceManager::of_environment() {
  const auto socket = variable("NOTIFY_SOCKET");
  if (socket.empty()) return {};
  return {std::string(socket), watchdog_of_environment()};
}

void ServiceManager::tell(std::string_view message) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  (void)!::sendto(descriptor, message.data(), message.size(), MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&address), size);
  ::close(descriptor);
}

}  // namespace rollcall
