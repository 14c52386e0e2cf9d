// SPDX-License-Identifier: Apache-2.0
// The connections that snapshots are made of: those that are live, and the latest ends of each client id.
// Each change goes to the event stream. Runs on the broker's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/cause.hpp"
#include "base/keyed_hash.hpp"
#include "plugin/broker.hpp"
#include "plugin/event_stream.hpp"
#include "plugin/rate_limit.hpp"

namespace rollcall::plugin {

/// Limits of the remembered ends: beyond any of them the oldest is forgotten. Several of one client are kept,
/// so that a bridge that comes back learns of each, but not so many that a restless one displaces the others.
inline constexpr std::size_t kMaxPastConnections = 100'000;
inline constexpr std::size_t kMaxPastBytes = 64UL * 1024 * 1024;
inline constexpr std::size_t kMaxPastOfOneClient = 16;

/// Declarations of one connection that are emitted: of those that come more often, the last one.
inline constexpr Rate kDeclarationRate{Millis{500}, 10};

/// The latest message of a connection on ds/declare/{device}; an empty payload withdraws the one before.
struct Declaration {
  Millis at{0};
  std::string payload;
  RateLimit limit{};
  Millis due{0};            ///< when it is emitted, if it is pending
  bool is_pending = false;  ///< it hasn't been emitted yet
};

/// Times are Broker::monotonic().
struct Connection {
  std::uint64_t number = 0;
  ClientHandle client = nullptr;  ///< whom ActivityLog asks for its latest message; nullptr: it has gone
  ClientFacts facts;
  Millis opened_at{0};
  Millis active_at{0};                ///< its latest message as far as ActivityLog has asked; 0: none
  bool has_pending_activity = false;  ///< there was a message that hasn't been emitted yet
  RateLimit reports, commands;        ///< that it has published
  std::unique_ptr<Declaration> declaration;
};

struct PastConnection {
  Connection connection;
  Millis ended_at{0};
  Cause cause = Cause::unknown;
  bool will_sent = false;
};

/// Returns the bytes that a row takes in memory, rounded up.
std::size_t bytes_of(const Connection& connection);

class ConnectionTable {
 public:
  /// `stream` must outlive the table.
  explicit ConnectionTable(EventStream& stream) : stream_(stream) {}

  /// Adds a connection that began at `at` and returns its number. `client`: as in Connection.
  std::uint64_t opened(const ClientFacts& facts, Millis at, ClientHandle client = nullptr);

  /// Moves a connection to the past ones. Its pending activity and declaration are emitted first. An unknown
  /// number changes nothing.
  void ended(std::uint64_t number, Millis at, Cause cause, bool will_sent);

  /// The device of this connection has published on its ds/declare topic. Only the first
  /// kMaxDeclarationBytes + 1 bytes are kept. Emits it, or leaves it to emit_due() if there were too many.
  void declared(Connection& connection, Millis at, std::string_view payload);

  /// Emits pending declarations whose time has come by `now`, at most `most`.
  void emit_due(Millis now, std::size_t most);

  /// The declaration of `connection` has been emitted in a snapshot: it is pending no more.
  static void was_emitted(const Connection& connection) {
    if (connection.declaration) connection.declaration->is_pending = false;
  }

  /// Returns a live connection, nullptr if there is none of this number. Valid until its ended().
  Connection* find(std::uint64_t number);

  /// The live connections, by number.
  std::map<std::uint64_t, Connection>& live() { return live_; }

  /// The remembered ends, in their order. The keys count ends; they are no connection numbers.
  const std::map<std::uint64_t, PastConnection>& past() const { return past_; }

  /// Returns the highest number that a connection has had; 0 before the first.
  std::uint64_t last_number() const { return last_number_; }
  std::size_t past_bytes() const { return past_bytes_; }

 private:
  void emit_pending_declaration(const Connection& connection);
  void remember(PastConnection past);
  void forget(std::map<std::uint64_t, PastConnection>::iterator past);

  EventStream& stream_;
  std::map<std::uint64_t, Connection> live_;
  std::set<std::pair<Millis, std::uint64_t>> due_;  // of connections with pending declarations, one each
  std::map<std::uint64_t, PastConnection> past_;
  std::unordered_map<std::string, std::vector<std::uint64_t>, KeyedHash> past_by_client_;  // oldest first
  std::size_t past_bytes_ = 0;
  std::uint64_t last_number_ = 0, last_end_ = 0;
};

/// Views into `facts`, as records of the stream have them.
ConnectionFacts views_of(const ClientFacts& facts);

}  // namespace rollcall::plugin
