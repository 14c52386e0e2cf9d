// SPDX-License-Identifier: Apache-2.0
// The bridge's half of list-then-watch with one broker's plugin (docs/protocol.md): greets it, asks for a
// snapshot of who is connected, then watches the event stream. A gap, a new boot or a new link lead to a new
// snapshot, and the difference is told as events with their own times. And the way out: publications in
// numbered requests until the plugin says that they are done.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/lifecycle/records.hpp"
#include "bridge/core/session/handshake.hpp"
#include "bridge/core/session/known_broker.hpp"
#include "bridge/core/session/link_watch.hpp"
#include "bridge/core/session/plugin_clock.hpp"
#include "bridge/core/session/request_channel.hpp"
#include "bridge/core/session/session_events.hpp"
#include "bridge/core/session/snapshot.hpp"
#include "topics/protocol/requests.hpp"
#include "topics/protocol/stream.hpp"

namespace rollcall {

/// Puts its parts together: handshake, snapshot, requests, the plugin's clock, the link. Its many functions
/// are the calls of its owner and the steps of the protocol between these parts. Pure: no I/O, no clock. Not
/// thread safe.
class BrokerSession {
 public:
  BrokerSession(std::uint32_t broker, const BridgeIdentity& identity);

  /// Returns what the call before led to, one after the other; empty: that was all. Take all events after
  /// each call that isn't const, and apply each before the next one is taken: the session goes on by what its
  /// owner made of it. Views are valid until the next call but this one, and as long as receive()'s bytes
  /// are.
  std::optional<SessionEvent> next_event();

  /// True while changes of a snapshot are still to be taken. Of a large broker there are many: wherever
  /// is_between_changes() is true the rest may be left for later. Until it has been taken only publish(),
  /// forget(), send_publications() and clock_stepped() may be called, or link_down(), which drops it.
  bool is_replaying() const { return replay_.has_value(); }
  bool is_between_changes() const { return is_replaying() && next_event_ == events_.size(); }

  /// Goes on from what was stored, before anything else: `live`, by number, are the connections of the
  /// devices, with their client ids.
  void restore(const BrokerRecord& record, std::map<std::uint64_t, std::string> live);

  /// The wall clock was set by `by`: all times move along (lifecycle rule 11).
  void clock_stepped(Millis by);
  /// What was restored was stored by a clock that was behind the one of now by `by`; it says `now`.
  void correct_stored_times(Millis by, Time now);

  /// What the plugin is to go by, from now on; before the first link, and again whenever it changes.
  void set_rules(request::Rules rules, Time now);

  /// Connected and subscribed to the stream; or not any more. `max_packet_bytes`: what the broker said it
  /// takes; 0: it didn't say.
  void link_up(Time now, std::size_t max_packet_bytes);
  void link_down(Time now);

  /// Another link to the same broker has greeted its plugin, which so serves that one's session: takes its
  /// place again.
  void greet_anew(Time now);

  /// Tells this connection as opened again if a later snapshot says that it lives.
  void forget(std::uint64_t connection) { known_.live.erase(connection); }
  /// Asks for a new snapshot; all connections but `live` are told as opened again.
  void resync(const std::set<std::uint64_t>& live, Time now);

  /// A message of the event stream. The bytes must be valid until next_event() has returned all that is in
  /// it, or is_replaying() is true.
  void receive(std::string_view bytes, Time now);

  /// What is to be published, sooner or later; goes out with the next advance() or receive().
  void publish(Publication publication) { channel_.publish(std::move(publication)); }

  /// True if ask() may be called: the plugin answers, and not much is under way.
  bool may_ask() const { return phase_ == Phase::watching && channel_.may_ask(); }
  /// Sends a request about commands. It is carried out once, in order, or lost with the greeting: what isn't
  /// certain to be done is to be asked again behind PluginGreeted.
  void ask(RequestBody body, Time now) { send(channel_.send(std::move(body), now)); }
  /// A request of more bytes doesn't arrive.
  std::size_t most_request_bytes() const { return channel_.most_bytes(); }

  /// Whether something waits to be known: then it asks for a sign of life, unless an answer is on its way,
  /// for the answer says how far everything is known.
  void want_news(bool wanted, Time now);

  /// Sends what publish() was given, as far as may be under way.
  void send_publications(Time now);
  /// Sends what waits, repeats what isn't answered. `traffic`: what the link has moved by now, where
  /// wants_traffic() is true.
  void advance(Time now, const LinkTraffic& traffic);
  /// True if an answer is late, so that advance() has to know whether it is on its way.
  bool wants_traffic(Time now) const;
  std::optional<Time> next_deadline() const;

  bool is_watching() const { return phase_ == Phase::watching; }
  std::uint64_t boot() const { return known_.boot; }  ///< of the broker; 0: not known
  /// True once a snapshot was complete, in this run.
  bool was_synced() const { return was_synced_; }
  bool is_down() const { return phase_ == Phase::down; }
  bool is_displaced() const { return phase_ == Phase::displaced; }
  /// False until its plugin has answered, and once it doesn't any more.
  std::optional<PluginState> plugin_state() const { return handshake_.state(); }
  const std::string& plugin_detail() const { return handshake_.state_detail(); }
  bool is_answered() const { return handshake_.state() == PluginState::answers; }
  /// The boot that has answered in this run, if its link is up or was until a moment ago; else 0.
  std::uint64_t boot_at_the_link(Time now) const;
  std::optional<LeftOut> left_out() const { return channel_.left_out(); }
  /// Since the start: gaps in the stream, and how long what had just happened took until it was published.
  std::uint64_t gap_count() const { return gap_count_; }
  const DurationHistogram& publish_latency() const { return channel_.publish_latency(); }
  const Outbox& outbox() const { return channel_.outbox(); }

  /// What is to be stored of it. `last_seq`: the highest number that has been handed to publish() by now.
  BrokerRecord record(const std::string& name, std::uint64_t last_seq);
  bool has_unacknowledged() const { return channel_.has_unacknowledged(); }
  /// How many publications that are; 0 while the broker can't be reached.
  std::size_t unacknowledged_count() const;

 private:
  enum class Phase { down, displaced, greeting, snapshot, watching };

  /// A message that is being worked off. Its owner applies what a step tells before the next one begins.
  struct Incoming {
    enum class Step { answered, compared, found, records, publications } step = Step::records;
    StreamMessage message;
    std::size_t next_record = 0;
    Time now;
    std::string_view bytes;            // of the message
    std::unique_ptr<std::string> own;  // those bytes, where they must outlive the call
  };
  /// A snapshot that is complete and is being told.
  struct Replay {
    Snapshot::Changes changes;
    std::size_t next = 0;
    Snapshot::Change current{};  // the last one that was told: events have views of it
    std::uint64_t highest_connection = 0;
    std::uint64_t highest_report = 0;
  };

  void emit(const SessionEvent& event) { events_.push_back(event); }
  void send(std::string_view bytes) { emit(session_event::SendRequest{bytes}); }
  void set_state(PluginState state, std::string detail);
  void drop_incoming();

  // broker_session.cpp: greetings and requests.
  void greet(Time now);
  void answered(const StreamMessage& message, Time now);
  void greeted(const stream::Hello& hello, Time now);
  void begin_boot(std::uint64_t boot, Millis started_at, Time now);
  void displaced(const stream::Displaced& by, Time now);
  void send_rules(Time now);
  void acknowledge(const StreamHeader& header, Time now);
  void advance_requests(Time now);
  bool is_answer_overdue(Time now) const;
  Time waiting_since() const { return std::max(channel_.progress_at(), watch_.busy_at()); }
  Millis ping_after() const;

  // broker_session_stream.cpp: what the plugin tells.
  bool resume();
  void work_off(Incoming& incoming);
  static void keep_bytes(Incoming& incoming);
  void start_snapshot(Time now);
  void add_to_snapshot(const StreamRecord& record, Time now);
  void emit_next_change(Time now);
  void emit_change(const Snapshot::Change& change, Time now);
  void watch(const StreamRecord& record, Time now);
  bool note_cause_log(const StreamRecord& record);
  bool note_command(const StreamRecord& record, Time now);
  void emit_stall(Millis from, Millis until, Millis losses_until, Time now);
  Time wall(Millis plugin_time, Time now) const { return clock_.wall(plugin_time, now); }
  ConnectionId id_of(std::uint64_t connection) const { return {broker_, known_.boot, connection}; }

  const std::uint32_t broker_;
  Phase phase_ = Phase::down;
  Handshake handshake_;
  RequestChannel channel_;
  PluginClock clock_;
  LinkWatch watch_;
  KnownBroker known_;
  Snapshot snapshot_;
  std::uint64_t last_snapshot_ = 0;
  std::optional<Replay> replay_;

  std::vector<SessionEvent> events_;  // of which the first next_event_ have been taken
  std::size_t next_event_ = 0;
  std::optional<Incoming> incoming_;
  std::uint64_t next_number_ = 0;  // of the stream
  std::uint64_t gap_count_ = 0;

  request::Rules rules_;
  CauseLog cause_log_ = CauseLog::complete;
  bool has_ticks_ = true;
  bool was_synced_ = false;
  bool is_clock_compared_ = false;
  bool wants_news_ = false;  // and must wait with asking
  Time last_received_{}, down_at_{}, news_asked_{}, nudged_{};
};

}  // namespace rollcall
