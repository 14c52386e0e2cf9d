// SPDX-License-Identifier: Apache-2.0
// When each connected client last published a message. Every interval, the connections that were active in it
// are emitted with their latest message (docs/protocol.md, "Activity"). Runs on the broker's thread.
//
// It is called for a connection's first message only. Later ones are counted by the source, which is asked
// when the time has come: so a message costs next to nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "plugin/broker.hpp"
#include "plugin/connection_table.hpp"
#include "plugin/event_stream.hpp"

namespace rollcall::plugin {

/// Records emitted in one turn of the broker's loop, of activity and of delayed reports each.
inline constexpr std::size_t kMaxEmittedPerLoop = 2000;

class ActivityLog {
 public:
  /// `interval`: how often a client's activity is emitted at most; 0: never. The others must outlive the log.
  ActivityLog(Broker& broker, EventStream& stream, ConnectionTable& connections, Millis interval);

  /// Sets whether the bridge wants activity.
  void set_wanted(bool wanted);

  /// False: nobody wants activity, and note() need not be called.
  bool is_on() const { return is_on_; }

  /// A message of this connection came at `at`, the first that hasn't been emitted.
  void note(Connection& connection, Millis at);

  /// Returns when the latest message of this client came. When asked, the source begins anew: it calls
  /// note() for the client's next message.
  using Source = std::function<Millis(ClientHandle)>;
  /// The source is asked from within other calls of this class, about clients that are still there.
  void set_source(Source source) { source_ = std::move(source); }

  /// The client has gone: the source isn't asked about it any more. `latest`: its latest message.
  void client_left(Connection& connection, Millis latest);

  /// Brings `connection.active_at` up to date.
  void refresh(Connection& connection);

  /// Begins to emit what is pending, without waiting for the interval.
  void begin_sweep();

  /// Emits what is due, at most kMaxEmittedPerLoop records. Once in a turn of the broker's loop.
  void emit_due();

  /// True while a sweep has more to emit than one turn takes.
  bool is_behind() const { return sweep_.has_value(); }

 private:
  /// The connections that were active since the sweep before, and how many of them have been emitted.
  struct Sweep {
    Millis began{0};
    std::vector<std::uint64_t> connections;
    std::size_t next = 0;
  };

  void emit(Connection& connection);
  void continue_sweep();

  Broker& broker_;
  EventStream& stream_;
  ConnectionTable& connections_;
  const Millis interval_;
  bool is_on_ = false;
  Source source_;
  std::vector<std::uint64_t> pending_;  // connections that the next sweep emits
  std::optional<Sweep> sweep_;          // the one that is going on
  Millis last_sweep_{0};                // when it began
};

}  // namespace rollcall::plugin
