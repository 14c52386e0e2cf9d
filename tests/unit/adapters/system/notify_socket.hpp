// SPDX-License-Identifier: Apache-2.0
// A socket as a service manager has it: what is told there can be read.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace rollcall {

class NotifySocket {
 public:
  /// `name` is a path, or begins with @ for an abstract name.
  explicit NotifySocket(std::string name) : name_(std::move(name)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    BOOST_REQUIRE(name_.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, name_.data(), name_.size());
    if (name_[0] == '@') address.sun_path[0] = '\0';
    descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    BOOST_REQUIRE(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }
  ~NotifySocket() {
    ::close(descriptor_);
    if (name_[0] != '@') ::unlink(name_.c_str());
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  /// Waits for the next message.
  std::string message() { return receive(0); }
  /// Empty: there is none.
  std::string message_that_is_there() { return receive(MSG_DONTWAIT); }

 private:
  std::string receive(int flags) {
    std::array<char, 256> text{};
    const auto size = ::recv(descriptor_, text.data(), text.size(), flags);
    return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }

  const std::string name_;
  int descriptor_ = -1;
};

}  // namespace rollcall
