// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/listener.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "bridge/adapters/http/listen_address.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

constexpr int kAcceptedAtOnce = 64;  // then those who are in get their turn
constexpr auto kPauseWhenFull = 200ms;
constexpr auto kLogFailuresEvery = 60s;
constexpr int kKeepAliveAfterSeconds = 60;

/// Answers go out at once, and a client whose machine is gone is noticed in two minutes.
void prepare(int descriptor) {
  const int yes = 1;
  const int idle = kKeepAliveAfterSeconds;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
}

/// True for what only says that this one client is gone.
bool is_clients_failure(int reason) {
  return reason == ECONNABORTED || reason == EPROTO || reason == EINTR || reason == EPERM;
}

}  // namespace

void Listener::start() {
  if (is_closed_) return;
  auto opened = work_.open();
  if (!opened) {
    if (!std::exchange(has_failed_, true)) {
      work_.log(true, fmt::format("HTTP: {}; trying again every {} s", opened.error().message,
                                  static_cast<double>(work_.again_after.count()) / 1000));
    }
    return call_after(work_.again_after, &Listener::start);
  }
  address_ = local_address(opened->get());
  socket_.assign(opened->release());
  work_.log(false, fmt::format("HTTP: listening on {}{}", address_.empty() ? work_.name : address_,
                               std::exchange(has_failed_, false) ? " now" : ""));
  wait();
}

void Listener::close() {
  is_closed_ = true;
  address_.clear();
  boost::system::error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

void Listener::call_after(std::chrono::milliseconds pause, void (Listener::*step)()) {
  timer_.expires_after(pause);
  timer_.async_wait([self = weak_from_this(), step](const boost::system::error_code& error) {
    const auto listener = self.lock();
    if (listener && !error) (*listener.*step)();
  });
}

void Listener::wait() {
  if (is_closed_) return;
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = weak_from_this()](const boost::system::error_code& error) {
                       const auto listener = self.lock();
                       if (listener && !error) listener->accept_waiting();
                     });
}

void Listener::accept_waiting() {
  for (int i = 0; i < kAcceptedAtOnce && !is_closed_; ++i) {
    Descriptor accepted(::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.is_open()) {
      prepare(accepted.get());
      work_.on_accept(std::move(accepted));
      continue;
    }
    const int reason = errno;
    if (reason == EAGAIN || reason == EWOULDBLOCK) break;
    if (is_clients_failure(reason)) continue;
    // Of no use to try at once: the process or the machine has no descriptors or memory left.
    log_failed_accept(reason);
    return call_after(kPauseWhenFull, &Listener::wait);
  }
  wait();
}

void Listener::log_failed_accept(int reason) {
  const auto now = Clock::now();
  if (now < log_again_at_) return;
  log_again_at_ = now + kLogFailuresEvery;
  work_.log(true, fmt::format("HTTP: can't accept connections on {}: {}; they wait until that is over",
                              work_.name, std::strerror(reason)));
}

}  // namespace rollcall
