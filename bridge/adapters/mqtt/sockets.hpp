// SPDX-License-Identifier: Apache-2.0
// Paho neither shows its sockets nor sets TCP_NODELAY: they are found among the files of this process.
#pragma once

#include <cstddef>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

namespace rollcall {

/// A duplicate of a socket, closed with this object. Another owner's shutdown() ends the connection all the
/// same.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

/// The connected TCP socket of this process to `peer` that nobody has claimed yet. A claimed socket has a
/// duplicate, the one returned: so several connections to one broker get one each. Empty if there is none.
/// Call it on one thread only.
Socket claim_socket(const boost::asio::ip::tcp::endpoint& peer);

/// True if this process has a TCP socket at this end.
bool is_own_socket(const boost::asio::ip::tcp::endpoint& end);

/// What is written goes out at once.
void set_no_delay(const Socket& socket);

/// More of a burst is taken at once, as far as the system's limits (net.core.wmem_max) allow.
void make_room(const Socket& socket);

/// True if so many bytes are taken at once, and the socket can be written to afterwards: as long as it can't,
/// Paho reads only every 100 ms. True if nothing is under way, or the socket is no more.
bool has_room(const Socket& socket, std::size_t bytes);

}  // namespace rollcall
