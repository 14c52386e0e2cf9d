// SPDX-License-Identifier: Apache-2.0
// All connections of a server: how many there may be, and who goes when a newcomer needs the place.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bridge/adapters/http/connection.hpp"

namespace rollcall {

/// The server's thread.
class Connections {
 public:
  /// `context` must outlive it.
  Connections(boost::asio::io_context& io, ConnectionContext& context);

  enum class Way { tcp, unix_socket };
  /// Begins with it. If there are too many, the oldest idle one goes; if none is idle, the one that has been
  /// sending its request for long; and else the newcomer is turned away.
  void add(Way way, Descriptor socket, Tls tls);
  void close_all();

 private:
  enum class Kind { tcp, unix_socket, turned_away };

  struct Entry {
    std::shared_ptr<Connection> connection;
    Kind kind = Kind::tcp;
  };

  std::size_t& count(Kind kind) { return counts_[static_cast<std::size_t>(kind)]; }
  std::size_t limit(Kind kind) const;
  bool make_room(Kind kind);
  std::shared_ptr<Connection> begin(Kind kind, Descriptor socket, Tls tls);
  void check_soon();
  void check_all();

  boost::asio::io_context& io_;
  ConnectionContext& context_;
  boost::asio::steady_timer timer_;
  bool is_checking_ = false;
  std::unordered_map<const Connection*, Entry> entries_;
  std::array<std::size_t, 3> counts_{};
};

}  // namespace rollcall
