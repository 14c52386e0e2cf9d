// SPDX-License-Identifier: Apache-2.0
// The plugin's half of list-then-watch (docs/protocol.md): the numbered event stream, and the tables that
// snapshots are made of: live connections, the latest ends of each client id, what both have said, and
// reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugin/broker.hpp"
#include "plugin/reports.hpp"
#include "topics/protocol/requests.hpp"
#include "topics/protocol/stream.hpp"

namespace rollcall::plugin {

/// Remembered ends: the oldest go first beyond any bound. Of one client several, so that a bridge that comes
/// back learns of each, but not so many that a restless one pushes the others out.
inline constexpr std::size_t kMaxPastConnections = 100'000;
inline constexpr std::size_t kMaxPastBytes = 64UL * 1024 * 1024;
inline constexpr std::size_t kMaxPastOfOneClient = 16;
inline constexpr std::size_t kMaxPastStalls = 100;

/// Of one snapshot page: some milliseconds of the broker's loop at the most.
inline constexpr std::size_t kMaxPageRows = 2000;
inline constexpr std::size_t kMaxPageBytes = 256UL * 1024;

/// Told in one turn of the broker's loop, of activity and of reports that had to wait.
inline constexpr std::size_t kMaxToldPerLoop = 2000;

class Journal {
 public:
  /// `boot` is drawn anew each time the broker loads the plugin. `broker` must outlive the journal.
  /// `activity_interval`: how often the activity of a client is told at most; 0: never.
  Journal(Broker& broker, std::uint64_t boot, std::string stream_topic, Millis activity_interval = {});

  /// A connection began at `at` (Broker::monotonic). Returns its number. `client`: as set_activity_source()
  /// will be asked for it; nullptr: it has gone already.
  std::uint64_t opened(const ClientFacts& facts, Millis at, ClientHandle client = nullptr);

  /// It ended. An unknown number changes nothing.
  void ended(std::uint64_t connection, Millis at, Cause cause, bool will_sent);

  /// The broker has been away: before the ends that it is the cause of.
  void stood_still(const stream::StoodStill& stall);

  /// A connection that lives, for note_activity() and declared(): valid until ended() of it. nullptr: there
  /// is none of this number.
  struct Connection;
  Connection* find(std::uint64_t connection);

  /// Whether the bridge wants activity to be told.
  void want_activity(bool wanted);
  bool notes_activity() const { return notes_activity_; }
  /// A message of this connection was accepted at `at`, the first one that hasn't been told. Of those that
  /// follow only the source knows, until it is asked.
  void note_activity(Connection& connection, Millis at);

  /// Who is asked, before a connection's activity is told, for the time of its latest message; from then on
  /// the next message is to be noted again. Asked from within other calls only.
  using ActivitySource = std::function<Millis(ClientHandle)>;
  void set_activity_source(ActivitySource source) { latest_activity_ = std::move(source); }

  /// The client has gone, its latest message, if one was noted, came at `latest`: nobody is asked any more.
  void leave(Connection& connection, Millis latest);

  /// The device of this connection said something about what it is going to do.
  void declared(Connection& connection, Millis at, std::string_view payload);

  /// A report about a device; `by` as Reports::note() has it.
  void reported(std::string_view topic, const ClientFacts& by, Millis at) { reports_.note(topic, by, at); }

  /// Tells it, if it is another state than before.
  void set_cause_log(CauseLog log);

  /// Tells what is due: activity, and reports that had to wait. Once in a turn of the broker's loop.
  void go_on();
  /// True while there is more of it than one turn takes.
  bool is_behind() const { return sweep_.has_value(); }

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
  bool is_listened_to() const { return is_listened_to_; }

  /// Sends what has been added as one message or more; nothing if there is nothing.
  void flush();

  /// What flush() would send, as sent: its caller sends it. Nothing if there is nothing.
  std::optional<std::string> take_message();

  /// Of the numbered stream, by this journal itself.
  std::uint64_t sent_count() const { return sent_count_; }

  /// Sends a heartbeat if something was sent within the last kHeartbeatFor and none for a second.
  void beat();

  bool has_unsent() const { return batch_.count() > 0 || progress_is_unsent_; }
  std::size_t live_count() const { return live_.size(); }
  std::size_t past_count() const { return past_.size(); }
  std::size_t past_bytes() const { return past_bytes_; }
  std::size_t report_count() const { return reports_.count(); }

  struct Declaration {
    Millis at{0};
    std::string payload;
  };
  struct Connection {
    std::uint64_t number = 0;
    ClientHandle client = nullptr;  // as the source knows it; nullptr: it has gone
    ClientFacts facts;
    Millis opened_at{0};
    Millis active_at{0};                       // 0: never, as far as was asked for
    bool has_untold_activity = false;          // and stands in untold_ or in the sweep
    std::unique_ptr<Declaration> declaration;  // the latest; one without a payload withdrew the one before
  };

 private:
  struct PastConnection {
    Connection connection;
    Millis ended_at{0};
    Cause cause = Cause::unknown;
    bool will_sent = false;
  };

  /// Every connection that was active since the sweep before, and how far this one has come.
  struct Sweep {
    Millis began{0};
    std::vector<std::uint64_t> connections;
    std::size_t next = 0;
  };

  void remember(std::uint64_t number, PastConnection past);
  void learn_activity(Connection& connection);
  void tell_activity(Connection& connection);
  void tell_said(Connection& connection);
  void begin_sweep();
  void sweep();
  static std::size_t bytes_of(const Connection& connection);
  void forget_past(std::map<std::uint64_t, PastConnection>::iterator past);
  void send_batch();
  std::string take_batch();

  Broker& broker_;
  const std::uint64_t boot_;
  const std::string stream_topic_;
  std::map<std::uint64_t, Connection> live_;                                    // by connection number
  std::map<std::uint64_t, PastConnection> past_;                                // by order of their ends
  std::unordered_map<std::string, std::vector<std::uint64_t>> past_by_client_;  // oldest first
  std::size_t past_bytes_ = 0;
  std::deque<stream::StoodStill> stalls_;
  std::uint64_t last_connection_ = 0;
  std::uint64_t last_past_ = 0;
  Reports reports_;
  CauseLog cause_log_ = CauseLog::complete;

  const Millis activity_interval_;
  bool notes_activity_ = false;
  ActivitySource latest_activity_;
  std::vector<std::uint64_t> untold_;  // connections with activity that the next sweep tells
  std::optional<Sweep> sweep_;         // that is going on
  Millis swept_{0};                    // when the last one began

  StreamBatch batch_;
  std::uint64_t next_number_ = 1;  // of the next record to be added
  std::uint32_t session_ = 0;
  std::uint64_t last_request_ = 0;
  bool progress_is_unsent_ = false;
  bool is_listened_to_ = false;
  std::uint64_t sent_count_ = 0;
  Millis last_news_{0}, last_sent_{0};
};

}  // namespace rollcall::plugin
