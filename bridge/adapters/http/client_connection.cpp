// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/client_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include "bridge/adapters/http/unix_address.hpp"

namespace rollcall {
namespace {

using State = TransferResult::State;
using Clock = ClientConnection::Clock;
using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<void> poll_for(int descriptor, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return fail("no answer in time");
    pollfd polled{descriptor, events, 0};
    const int result = ::poll(&polled, 1, static_cast<int>(std::min<long>(left, 3'600'000)));
    if (result > 0) return {};
    if (result < 0 && errno != EINTR) return fail(std::strerror(errno));
  }
}

Result<Descriptor> connect_socket(const addrinfo& address, Clock::time_point deadline) {
  Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return fail(std::strerror(errno));
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return socket;
  if (errno != EINPROGRESS) return fail(std::strerror(errno));
  if (auto ready = poll_for(socket.get(), POLLOUT, deadline); !ready)
    return tl::make_unexpected(ready.error());
  int reason = 0;
  socklen_t size = sizeof reason;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &reason, &size);
  if (reason != 0) return fail(std::strerror(reason));
  return socket;
}

}  // namespace

ClientConnection::ClientConnection(Descriptor descriptor, Tls tls)
    : descriptor_(std::move(descriptor)), socket_(descriptor_.get(), std::move(tls)) {}

Result<ClientConnection> ClientConnection::connect_to(const std::string& socket_path) {
  const auto address = unix_address(socket_path);
  if (!address) return tl::make_unexpected(address.error());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open() ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return fail(std::strerror(errno));
  }
  return ClientConnection(std::move(socket), nullptr);
}

Result<ClientConnection> ClientConnection::connect_to(const HttpUrl& url, const TlsContext& tls,
                                                      Clock::time_point deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* first = nullptr;
  if (const int error = ::getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &first); error != 0) {
    return fail(::gai_strerror(error));
  }
  const Addresses addresses(first, &::freeaddrinfo);
  Result<Descriptor> socket = fail("no address");
  for (const auto* each = first; each != nullptr && !socket; each = each->ai_next) {
    socket = connect_socket(*each, deadline);
  }
  if (!socket) return tl::make_unexpected(socket.error());
  return ClientConnection(std::move(*socket), url.is_tls ? connect_tls(tls, url.host) : nullptr);
}

Result<void> ClientConnection::wait(State state, Clock::time_point deadline) const {
  if (state != State::closed) {
    return poll_for(descriptor_.get(), state == State::wants_read ? POLLIN : POLLOUT, deadline);
  }
  const auto failure = socket_.tls() != nullptr ? tls_failure(socket_.tls()) : "";
  return fail(failure.empty() ? "the connection is broken" : failure);
}

Result<void> ClientConnection::send(std::string_view bytes, Clock::time_point deadline) {
  while (!bytes.empty()) {
    const auto result = socket_.write(bytes.data(), bytes.size());
    bytes.remove_prefix(result.bytes);
    if (result.state == State::done) continue;
    if (auto waited = wait(result.state, deadline); !waited) return waited;
  }
  return {};
}

bool ClientConnection::is_readable(Clock::time_point deadline) const {
  if (socket_.tls() != nullptr && ::SSL_pending(socket_.tls()) > 0) return true;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd polled{descriptor_.get(), POLLIN, 0};
  return ::poll(&polled, 1, static_cast<int>(std::clamp<long>(left, 0, 3'600'000))) > 0;
}

Result<std::string> ClientConnection::receive(Clock::time_point deadline) {
  std::array<char, 16384> bytes{};
  for (;;) {
    const auto result = socket_.read(bytes.data(), bytes.size());
    if (result.state == State::done) return std::string(bytes.data(), result.bytes);
    if (result.state == State::closed) return std::string();
    if (auto waited = wait(result.state, deadline); !waited) return tl::make_unexpected(waited.error());
  }
}

}  // namespace rollcall
