// SPDX-License-Identifier: Apache-2.0
// The bridge's half of list-then-watch with one broker's plugin (docs/protocol.md): greets it, lists who is
// connected, then watches the event stream; a gap, a new boot or a new link lead to a new list, and the
// difference is told as events with their own times. And the way out: publications in numbered requests until
// the plugin says they are done.
//
// Pure: no I/O, no clock. Not thread safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/lifecycle/records.hpp"
#include "bridge/core/session/link_traffic.hpp"
#include "bridge/core/session/outbox.hpp"
#include "bridge/core/session/request_limits.hpp"
#include "bridge/core/session/session_events.hpp"
#include "topics/protocol/requests.hpp"
#include "topics/protocol/stream.hpp"

namespace rollcall {

class BrokerSession {
 public:
  struct Identity {
    std::string topic_prefix;
    std::uint64_t instance = 0;       ///< which bridge this is (topics/protocol/requests.hpp, Hello)
    bool may_take_over = false;       ///< at its first greeting, from a bridge that is served
    std::uint32_t first_session = 0;  ///< random; sessions count on from it
  };
  BrokerSession(std::uint32_t broker, Identity identity);

  /// Returns what the call before led to, one after the other; empty: that was all. Take all events after
  /// each call that isn't const, and apply each before the next one is taken: the session goes on by what its
  /// owner made of it. Views are valid until the next call but this one, and as long as receive()'s bytes
  /// are.
  std::optional<SessionEvent> next_event();

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

  /// Tells this connection as opened again if a later list says that it lives.
  void forget(std::uint64_t connection) { live_.erase(connection); }
  /// Lists anew; all connections but `live` are told as opened again.
  void list_anew(const std::set<std::uint64_t>& live, Time now);

  /// A message of the event stream. The bytes must be valid until next_event() has returned all that is in
  /// it.
  void receive(std::string_view bytes, Time now);

  /// What is to be published, sooner or later; goes out with the next advance() or receive().
  void publish(Publication publication) { outbox_.add(std::move(publication)); }

  /// Whether something waits to be known: then it asks for a sign of life, unless an answer is on its way,
  /// for the answer says how far everything is known.
  void want_news(bool wanted, Time now);

  /// Sends what waits, repeats what isn't answered. `traffic`: what the link has moved by now, where
  /// wants_traffic() is true.
  void advance(Time now, const LinkTraffic& traffic);
  /// True if an answer is late, so that advance() has to know whether it is on its way.
  bool wants_traffic(Time now) const;
  std::optional<Time> next_deadline() const;

  bool is_watching() const { return phase_ == Phase::watching; }
  std::uint64_t boot() const { return boot_; }  ///< of the broker; 0: not known
  /// True once a snapshot was complete, in this run.
  bool was_synced() const { return was_synced_; }
  bool is_down() const { return phase_ == Phase::down; }
  bool is_displaced() const { return phase_ == Phase::displaced; }
  /// False until its plugin has answered, and once it doesn't any more.
  bool is_answered() const { return state_ == PluginState::answers; }
  /// The boot that has answered in this run, if its link is up or was until a moment ago; else 0.
  std::uint64_t boot_at_the_link(Time now) const;
  std::optional<LeftOut> left_out() const;
  const Outbox& outbox() const { return outbox_; }

  /// What is to be stored of it. `last_seq`: the highest number that has been handed to publish() by now.
  BrokerRecord record(const std::string& name, std::uint64_t last_seq);
  bool has_unacknowledged() const { return !sent_.empty() || !outbox_.is_empty(); }
  /// How many publications that are; 0 while the broker can't be reached.
  std::size_t unacknowledged_count() const;

 private:
  enum class Phase { down, displaced, greeting, listing, watching };

  struct SentRequest {
    std::uint64_t number = 0;
    std::string bytes;
    std::vector<Publication> publications;
    Time sent_at{};  // first
  };
  /// What a list found out, kept until it is complete so that it can be told in the order of time.
  struct Change {
    enum class Kind { opened, reported, active, declared, ended, stood_still } kind = Kind::opened;
    std::uint64_t connection = 0;  // 0: of a report
    Millis at{0};
    Cause cause = Cause::unknown;
    bool will_sent = false;
    std::string client_id{}, username{}, address{};
    ConnectionFacts facts{};           // without its views
    std::string text{};                // a report's topic, a declaration's payload
    int place = 0;                     // among those of the same millisecond
    Millis until{0}, losses_until{0};  // of a stall
  };
  struct List {
    std::uint64_t id = 0;
    bool has_begun = false;
    std::uint64_t highest_connection = 0;
    std::set<std::uint64_t> live, ended, reports;  // as far as told in this list

    bool has_told(std::uint64_t connection) const {
      return live.contains(connection) || ended.contains(connection);
    }
    std::vector<Change> changes;
  };

  /// A message that is being worked off. Its owner applies what a step tells before the next one begins.
  struct Incoming {
    enum class Step { answered, compared, found, records, publications } step = Step::records;
    StreamMessage message;
    std::size_t next_record = 0;
    Time now;
  };

  void emit(const SessionEvent& event) { events_.push_back(event); }
  void send(std::string_view bytes) { emit(session_event::SendRequest{bytes}); }
  bool resume();
  void work_off(Incoming& incoming);
  void greet(Time now);
  void answered(const StreamMessage& message, Time now);
  void greeted(const stream::Hello& hello, Time now);
  void new_boot(std::uint64_t boot, Millis started_at, Time now);
  void displaced(const stream::Displaced& by, Time now);
  bool is_answer_overdue(Time now) const;
  void note_gap(Time now);
  void start_list(Time now);
  void list(const StreamRecord& record, Time now);
  void list_opened(std::uint64_t connection, Millis at, const ConnectionFacts& facts);
  void list_past(const stream::Past& past);
  void list_said(const StreamRecord& record);
  static void sort_by_time(std::vector<Change>& changes);
  void tell(Change& change, Time now);
  void send_rules(Time now);
  void finish_list();
  void tell_next_change(Time now);
  void watch(const StreamRecord& record, Time now);
  bool note_cause_log(const StreamRecord& record);
  void tell_stall(Millis from, Millis until, Millis losses_until, Time now);
  void ask(RequestBody body, std::vector<Publication> publications, Time now);
  void acknowledged(const StreamHeader& header, Time now);
  bool is_answer_on_its_way(const LinkTraffic& traffic, Time now);
  Time waits_since() const { return std::max(last_progress_, busy_at_); }
  void learn(RequestLimits::Learnt learnt);
  void send_publications(Time now);
  void take_back_sent(std::uint64_t done);
  void set_state(PluginState state, const std::string& detail);
  Time wall(Millis plugin_clock, Time now) const;
  void note_clock(Millis plugin_clock, Time now);
  static Millis clock_drift(Millis time);
  std::optional<Millis> step_since_stored(const StreamHeader& header, Time now) const;
  void move_stored_times(Millis by);
  ConnectionId id_of(std::uint64_t connection) const { return {broker_, boot_, connection}; }
  Millis patience() const;

  const std::uint32_t broker_;
  const Identity identity_;
  bool may_take_over_;

  std::vector<SessionEvent> events_;  // of which the first next_event_ have been taken
  std::size_t next_event_ = 0;
  std::optional<Incoming> incoming_;
  std::string greeting_;  // the latest, as it was sent

  std::deque<Time> gaps_;  // the latest
  bool has_told_gaps_ = false;
  Phase phase_ = Phase::down;
  std::uint32_t session_;
  std::uint64_t last_request_ = 0;
  std::deque<SentRequest> sent_;  // not yet done, in order
  std::uint32_t sent_in_session_ = 0;
  Outbox outbox_;
  std::optional<PluginState> state_;
  std::string state_detail_;
  CauseLog cause_log_ = CauseLog::complete;

  std::uint64_t boot_ = 0;
  bool has_ticks_ = true;
  std::uint64_t next_number_ = 0;
  // Connections of this boot that were told as opened and not as ended, with their client ids.
  std::map<std::uint64_t, std::string> live_;
  bool is_new_boot_ = false;  // there was no list of it yet
  bool was_synced_ = false;   // in this run
  bool are_times_corrected_ = false;
  bool was_displaced_ = false;
  Millis known_stall_{0};            // of this boot: the latest that was told, by its end
  std::uint64_t known_through_ = 0;  // all connections up to this one are live_ or have been told as ended
  std::uint64_t last_list_ = 0;
  List list_;
  std::optional<List> complete_;           // is being told
  std::size_t next_change_ = 0;            // of it
  std::uint64_t known_reports_ = 0;        // of this boot: all up to this number have been told
  Time reports_told_until_ = Time::min();  // by the bridge before this one, about

  Time last_received_{}, last_progress_{};
  Time last_contact_{};          // when live_ was last known to be right
  std::optional<Time> lost_at_;  // since the link broke: when the broker was lost, if it was that
  Time heard_{};                 // when a message of the stream came last, on this link
  Millis clock_offset_{0};       // wall time minus the plugin's clock
  Time clock_noted_{};
  bool has_clock_ = false;
  std::optional<Millis> stored_clock_offset_;  // of boot_, until it is met
  bool is_clock_compared_ = false;
  int repeats_ = 0;                 // of what is unanswered
  int greetings_ = 0;               // unanswered
  int deaf_links_ = 0;              // in a row
  std::uint64_t greeted_boot_ = 0;  // in this run
  Time down_at_{};

  // Whether an answer that is late is on its way.
  LinkTraffic traffic_{};
  Time looked_at_{}, busy_at_{};

  RequestLimits limits_;
  bool has_told_smaller_ = false, has_told_left_out_ = false;  // in this boot
  request::Rules rules_;
  /// What has been given to publish() by when: numbers up to `seq` before `order`.
  struct Mark {
    std::uint64_t order = 0, seq = 0;
  };
  std::deque<Mark> marks_;
  std::uint64_t settled_seq_ = 0;
  Time news_asked_{}, nudged_{};
  bool wants_news_ = false;  // and must wait with asking
};

}  // namespace rollcall
