// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/connections.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace rollcall {
namespace {

using Clock = Connection::Clock;
using namespace std::chrono_literals;

// An operator on this machine gets in however many come by TCP.
constexpr std::size_t kMaxByUnixSocket = 64;
// Beyond this many at once nobody is told why.
constexpr std::size_t kMaxTurnedAway = 64;
constexpr std::chrono::milliseconds kLongestPause{500};

}  // namespace

Connections::Connections(boost::asio::io_context& io, ConnectionContext& context)
    : io_(io), context_(context), timer_(io) {}

std::size_t Connections::limit(Kind kind) const {
  switch (kind) {
    case Kind::tcp:
      return context_.settings.max_connections;
    case Kind::unix_socket:
      return kMaxByUnixSocket;
    case Kind::turned_away:
      break;
  }
  return kMaxTurnedAway;
}

void Connections::add(Way way, Descriptor socket, Tls tls) {
  const auto kind = way == Way::tcp ? Kind::tcp : Kind::unix_socket;
  if (count(kind) < limit(kind) || make_room(kind)) {
    begin(kind, std::move(socket), std::move(tls))->start();
  } else if (count(Kind::turned_away) < limit(Kind::turned_away)) {
    begin(Kind::turned_away, std::move(socket), std::move(tls))->turn_away();
  }
}

void Connections::close_all() {
  std::vector<std::shared_ptr<Connection>> all;
  for (const auto& [address, entry] : entries_) all.push_back(entry.connection);
  for (const auto& each : all) each->close();
  timer_.cancel();
}

bool Connections::make_room(Kind kind) {
  // Whoever has been at a request for so long has a slow network, or means no good.
  const auto long_ago = Clock::now() - context_.settings.request_timeout / 6;
  std::shared_ptr<Connection> oldest;
  for (const auto& [address, entry] : entries_) {
    const auto& each = *entry.connection;
    if (entry.kind != kind || !(each.is_idle() || (each.is_receiving() && each.since() < long_ago))) continue;
    const bool is_first_choice = oldest == nullptr || (each.is_idle() && !oldest->is_idle()) ||
                                 (each.is_idle() == oldest->is_idle() && each.since() < oldest->since());
    if (is_first_choice) oldest = entry.connection;
  }
  if (oldest) oldest->close();
  return oldest != nullptr;
}

std::shared_ptr<Connection> Connections::begin(Kind kind, Descriptor socket, Tls tls) {
  auto connection = std::make_shared<Connection>(io_, context_, std::move(socket), kind == Kind::unix_socket,
                                                 std::move(tls), [this, kind](const Connection& closed) {
                                                   --count(kind);
                                                   entries_.erase(&closed);
                                                 });
  ++count(kind);
  entries_[connection.get()] = {connection, kind};
  check_soon();
  return connection;
}

void Connections::check_soon() {
  if (is_checking_ || entries_.empty()) return;
  is_checking_ = true;
  const auto& settings = context_.settings;
  const auto shortest =
      std::min({settings.request_timeout, settings.idle_timeout, settings.stream_comment_after});
  timer_.expires_after(std::clamp<std::chrono::milliseconds>(shortest / 4, 5ms, kLongestPause));
  timer_.async_wait([this](const boost::system::error_code& error) {
    is_checking_ = false;
    if (!error) check_all();
  });
}

void Connections::check_all() {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(entries_.size());
  for (const auto& [address, entry] : entries_) all.push_back(entry.connection);
  const auto now = Clock::now();
  for (const auto& each : all) each->check(now);
  check_soon();
}

}  // namespace rollcall
