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
#include <variant>
#include <vector>

#include "bridge/core/events.hpp"
#include "bridge/core/outbox.hpp"
#include "topics/events.hpp"
#include "topics/requests.hpp"

namespace rollcall {

/// Whether the plugin answers, as people should be told.
enum class PluginState { answers, silent, other_version };

class BrokerSession {
 public:
  /// What a session tells, at once and from within its own calls.
  class Listener {
   public:
    virtual ~Listener() = default;
    /// Bytes for `$CONTROL/rollcall/v1`, QoS 0, in this order.
    virtual void send_request(std::uint32_t broker, const std::string& bytes) = 0;
    virtual void connection_opened(const ConnectionId& id, Time at, const ConnectionFacts& facts,
                                   Time now) = 0;
    virtual void connection_ended(const ConnectionId& id, Time at, Cause cause, bool will_sent, Time now) = 0;
    /// All that happened at the broker up to `known_until` has been told.
    virtual void known_until(std::uint32_t broker, Time known_until) = 0;
    /// The broker has been started anew: its retained messages may be gone.
    virtual void broker_started(std::uint32_t broker) = 0;
    /// Told on change only. `detail`: the plugin's version, or what was wrong.
    virtual void plugin_state_changed(std::uint32_t broker, PluginState state, const std::string& detail) = 0;
    /// Nobody has answered on this link for long: it should be made anew.
    virtual void link_is_deaf(std::uint32_t broker) = 0;
    /// The broker seems not to take requests of this size: smaller ones will be sent from now on.
    virtual void requests_are_too_large(std::uint32_t broker, std::size_t bytes) = 0;
    /// Which kind of broker it is: its log must be subscribed to where it doesn't tell causes.
    virtual void broker_greeted(std::uint32_t broker, bool knows_causes) = 0;
  };

  /// `first_session`: random; sessions count on from it. `listener` must outlive the session.
  BrokerSession(std::uint32_t broker, std::string topic_prefix, std::uint32_t first_session,
                Listener& listener);

  /// Connected and subscribed to the stream; or not any more. `max_packet_bytes`: what the broker said it
  /// takes; 0: it didn't say.
  void link_up(Time now, std::size_t max_packet_bytes);
  void link_down();

  /// A message of the event stream.
  void receive(std::string_view bytes, Time now);

  /// What is to be published, sooner or later; goes out with the next advance() or receive().
  void publish(Publication publication) { outbox_.add(std::move(publication)); }

  /// Asks for a sign of life now, unless an answer is on its way: the answer says how far everything is
  /// known.
  void ask_for_news(Time now);

  /// Sends what waits, repeats what isn't answered.
  void advance(Time now);
  std::optional<Time> next_deadline() const;

  bool is_watching() const { return phase_ == Phase::watching; }
  const Outbox& outbox() const { return outbox_; }
  bool has_unacknowledged() const { return !sent_.empty() || !outbox_.is_empty(); }

 private:
  enum class Phase { down, greeting, listing, watching };

  struct SentRequest {
    std::uint64_t number = 0;
    std::string bytes;
    std::vector<Publication> publications;
    Time sent_at{};  // first
  };
  /// What a list found out, kept until it is complete so that it can be told in the order of time.
  struct Change {
    std::uint64_t connection = 0;
    Millis at{0};
    bool is_end = false;
    Cause cause = Cause::unknown;
    bool will_sent = false;
    std::string client_id, username, address;
    ConnectionFacts facts;  // without its views
  };
  struct List {
    std::uint64_t id = 0;
    bool has_begun = false;
    std::uint64_t highest_connection = 0;
    std::set<std::uint64_t> live, ended;  // as far as told in this list
    std::vector<Change> changes;
  };

  void greet(Time now);
  void greeted(const StreamHeader& header, const stream::Hello& hello, Time now);
  void new_boot(std::uint64_t boot, Time now);
  void start_list(Time now);
  void list(const StreamRecord& record, Time now);
  void list_past(const stream::Past& past);
  void finish_list(Time now);
  void watch(const StreamRecord& record, Time now);
  void ask(RequestBody body, std::vector<Publication> publications, Time now);
  void acknowledged(const StreamHeader& header, Time now);
  void expect_smaller_requests();
  void send_publications(Time now);
  void take_back_sent(std::uint64_t done);
  void set_state(PluginState state, const std::string& detail);
  Time wall(Millis plugin_clock, Time now) const;
  void note_clock(Millis plugin_clock, Time now);
  ConnectionId id_of(std::uint64_t connection) const { return {broker_, boot_, connection}; }
  Millis patience() const;

  const std::uint32_t broker_;
  const std::string topic_prefix_;
  Listener& listener_;

  Phase phase_ = Phase::down;
  std::uint32_t session_;
  std::uint64_t last_request_ = 0;
  std::deque<SentRequest> sent_;  // not yet done, in order
  std::uint32_t sent_in_session_ = 0;
  Outbox outbox_;
  std::optional<PluginState> state_;
  std::string state_detail_;

  std::uint64_t boot_ = 0;
  bool has_ticks_ = true;
  std::uint64_t next_number_ = 0;
  std::set<std::uint64_t> live_;     // connections of this boot that were told as opened and not as ended
  std::uint64_t known_through_ = 0;  // all connections up to this one are live_ or have been told as ended
  std::uint64_t last_list_ = 0;
  List list_;

  Time last_received_{}, last_progress_{};
  Time last_contact_{};     // when live_ was last known to be right
  Millis clock_offset_{0};  // wall time minus the plugin's clock
  Time clock_noted_{};
  bool has_clock_ = false;
  int repeats_ = 0;    // of what is unanswered
  int greetings_ = 0;  // unanswered
  std::size_t request_bytes_, usual_request_bytes_;
  Time news_asked_{}, nudged_{};
  bool wants_news_ = false;
};

}  // namespace rollcall
