// SPDX-License-Identifier: Apache-2.0
// The plugin's half of list-then-watch (docs/protocol.md): the numbered event stream, and the tables that
// snapshots are made of: live connections, and the latest ends of each client id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugin/broker.hpp"
#include "topics/events.hpp"
#include "topics/requests.hpp"

namespace rollcall::plugin {

/// Remembered ends: the oldest go first beyond any bound. Of one client several, so that a bridge that comes
/// back learns of each, but not so many that a restless one pushes the others out.
inline constexpr std::size_t kMaxPastConnections = 100'000;
inline constexpr std::size_t kMaxPastBytes = 64UL * 1024 * 1024;
inline constexpr std::size_t kMaxPastOfOneClient = 16;

/// Of one snapshot page: some milliseconds of the broker's loop at the most.
inline constexpr std::size_t kMaxPageRows = 2000;
inline constexpr std::size_t kMaxPageBytes = 256UL * 1024;

class Journal {
 public:
  /// `boot` is drawn anew each time the broker loads the plugin. `broker` must outlive the journal.
  Journal(Broker& broker, std::uint64_t boot, std::string stream_topic);

  /// A connection began at `at` (Broker::monotonic). Returns its number.
  std::uint64_t opened(const ClientFacts& facts, Millis at);

  /// It ended. An unknown number changes nothing.
  void ended(std::uint64_t connection, Millis at, Cause cause, bool will_sent);

  /// Adds a record that isn't about a connection.
  void add(const StreamRecord& record);

  /// Adds one page of a snapshot: rows, then SnapshotMore or SnapshotEnd.
  void add_snapshot_page(const request::Snapshot& cursor);

  /// Which request is done, for the header of all further messages. flush() sends it even if no record goes
  /// with it.
  void set_progress(std::uint32_t session, std::uint64_t last_request);

  /// Sends one record that isn't of the numbered stream to a session that isn't served, or not any more.
  void send_apart(std::uint32_t session, std::uint64_t last_request, const StreamRecord& record);

  /// While false nothing is sent, and numbers are counted on: there is no bridge that would listen.
  void set_listened_to(bool listened_to);

  /// Sends what has been added as one message or more; nothing if there is nothing.
  void flush();

  /// Sends a heartbeat if something was sent within the last kHeartbeatFor and none for a second.
  void beat();

  bool has_unsent() const { return batch_.count() > 0 || progress_is_unsent_; }
  std::size_t live_count() const { return live_.size(); }
  std::size_t past_count() const { return past_.size(); }
  std::size_t past_bytes() const { return past_bytes_; }

 private:
  struct Connection {
    ClientFacts facts;
    Millis opened_at{0};
  };
  struct PastConnection {
    std::uint64_t number = 0;
    Connection connection;
    Millis ended_at{0};
    Cause cause = Cause::unknown;
    bool will_sent = false;
  };

  void remember(std::uint64_t number, PastConnection past);
  void forget_past(std::map<std::uint64_t, PastConnection>::iterator past);
  void send_batch();

  Broker& broker_;
  const std::uint64_t boot_;
  const std::string stream_topic_;
  std::map<std::uint64_t, Connection> live_;                                    // by connection number
  std::map<std::uint64_t, PastConnection> past_;                                // by order of their ends
  std::unordered_map<std::string, std::vector<std::uint64_t>> past_by_client_;  // oldest first
  std::size_t past_bytes_ = 0;
  std::uint64_t last_connection_ = 0;
  std::uint64_t last_past_ = 0;

  StreamBatch batch_;
  std::uint64_t next_number_ = 1;  // of the next record to be added
  std::uint32_t session_ = 0;
  std::uint64_t last_request_ = 0;
  bool progress_is_unsent_ = false;
  bool is_listened_to_ = false;
  Millis last_news_{0}, last_sent_{0};
};

}  // namespace rollcall::plugin
