// SPDX-License-Identifier: Apache-2.0
// The whole bridge without its I/O: brokers' event streams in, through device rules and engine, statuses out.
// The daemon and the tests drive the very same object. Not thread safe: one thread owns it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/core/config/config.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/pipeline/delivery.hpp"
#include "bridge/core/pipeline/fleet_summary.hpp"
#include "bridge/core/pipeline/publisher.hpp"
#include "bridge/core/session/broker_session.hpp"
#include "bridge/core/store/write_queue.hpp"
#include "topics/names.hpp"

namespace rollcall {

/// What the bridge needs from the outside: links to its brokers, and a log.
class BridgePorts {
 public:
  virtual ~BridgePorts() = default;
  /// Publishes bytes on `$CONTROL/rollcall/v1` at Config::brokers[broker], QoS 0. Never blocks; what can't be
  /// sent is lost, and the bridge asks again.
  virtual void send_request(std::uint32_t broker, const std::string& bytes) = 0;
  /// 2.0 only: hold a subscription to the broker's log in the persistent session, so that the plugin sees its
  /// lines.
  virtual void subscribe_to_log(std::uint32_t broker) = 0;
  /// Whether to be subscribed to all statuses, so that the retained ones come to Bridge::found_status().
  virtual void read_statuses(std::uint32_t broker, bool on) = 0;
  /// See BrokerSession::Listener.
  virtual LinkTraffic link_traffic(std::uint32_t broker) = 0;
  /// End this link for as long as the bridge runs; no link_down is to be said.
  virtual void give_up(std::uint32_t broker) = 0;
  /// The other end of the link doesn't answer: break it and connect again, then say link_down and link_up.
  virtual void reconnect(std::uint32_t broker) = 0;
  enum class Level { info, warning, error };
  virtual void log(Level level, const std::string& line) = 0;
};

class Bridge : public BrokerSession::Listener {
 public:
  /// Goes on from what was `stored`. `now`: becomes `since` in ds/bridge. `random`: any number, another at
  /// each start. `ports` and `store` must outlive the bridge. Throws StoreFailure.
  Bridge(Config config, BridgePorts& ports, Store& store, StoredState stored, Time now, std::uint32_t random);

  /// `consumer` gets the effects too from now on, after the bridge's own consumers. It must outlive the
  /// bridge.
  void add_consumer(EffectConsumer& consumer) { delivery_.add(consumer); }

  /// The link to Config::brokers[broker] is connected and subscribed to the event stream; or isn't any more.
  /// `max_packet_bytes`: what the broker takes, by its CONNACK; 0: it didn't say.
  void link_up(std::uint32_t broker, Time now, std::size_t max_packet_bytes = 0);
  void link_down(std::uint32_t broker, Time now);

  /// A message of that broker's event stream.
  void receive(std::uint32_t broker, std::string_view bytes, Time now);

  /// A retained message that is below ds/status there, while read_statuses() is on.
  void found_status(std::uint32_t broker, std::string_view topic, std::string_view payload, Time now);

  /// The wall clock was set by `by`, and says `now`: waits go on as they were, and all times move along. Only
  /// while follows_clock(); until then the time that is handed in must go on as it was.
  void clock_stepped(Millis by, Time now);
  bool follows_clock() const { return is_clock_known_ && !is_gathering_; }

  /// How the write that Store::begin_write() began has ended.
  void stored(const Result<void>& result, Time now);

  /// Goes on with another configuration, or, with an error, with the one that it has: brokers, store and
  /// topic prefix can't change.
  Result<void> reload(Config config, Time now);

  /// Numbers are reserved in the store, or the clock stands in for that: links may come up. Until then the
  /// bridge only wants advance(), begin_write() and stored().
  bool is_ready() const { return is_ready_; }

  /// What an operator wants (events.hpp). The error says why it can't be: nothing has changed then. Gives the
  /// number of the write that stores it.
  Result<std::uint64_t> command(const OperatorAction& action, Time now);
  bool is_written(std::uint64_t write) const { return store_queue_.is_written(write); }
  /// Why the store can't be written; nothing: it can.
  const std::optional<std::string>& store_error() const { return store_queue_.error(); }

  /// The links have ended: only advance(), begin_write() and stored() are to come, until is_stored().
  void end(Time now);
  struct Unstored {
    std::size_t devices = 0, rows = 0;  ///< of the timeline
  };
  Unstored unstored() const;

  /// Carries out what is due, and sends. Call it after each of the calls above, and when next_deadline() has
  /// come.
  void advance(Time now);
  /// Gives the store what has changed, unless it is busy. Call it after advance(), once what that sent is on
  /// its way: nobody waits for the store.
  void begin_write(Time now);
  Time next_deadline() const;

  /// The payload of ds/bridge: as it is now, or as the links' will and a clean end should leave it.
  std::string bridge_payload(bool online) const;
  /// False: another bridge is served at this broker, and ds/bridge there is its own.
  bool is_served(std::uint32_t broker) const { return !sessions_[broker]->is_displaced(); }
  /// True while the plugin at this broker answers.
  bool is_answered(std::uint32_t broker) const { return sessions_[broker]->is_answered(); }

  const TopicNames& topics() const { return topics_; }
  const Config& config() const { return config_; }
  const Engine& engine() const { return engine_; }
  /// True if all brokers have confirmed all that was sent to them, and nothing waits for one.
  bool is_settled() const;
  /// True while a broker that can be reached hasn't confirmed all that was sent to it.
  bool awaits_answers() const;
  /// True if everything is stored.
  bool is_stored() const;

 private:
  // What a session tells.
  void send_request(std::uint32_t broker, const std::string& bytes) override;
  void connection_opened(const ConnectionId& id, Time at, const ConnectionFacts& facts, Time now) override;
  void connection_ended(const ConnectionId& id, Time at, Cause cause, bool will_sent, Time now) override;
  void active(const ConnectionId& id, Time at, Time now) override;
  void declared(const ConnectionId& id, Time at, std::string_view payload, Time now) override;
  void reported(std::string_view topic, const ClientIdentity& by, Time at, Time now) override;
  void activity_known_until(std::uint32_t broker, Time known_until) override;
  void known_until(std::uint32_t broker, Time known_until) override;
  void clock_compared(std::uint32_t broker, std::optional<Millis> step, Time now) override;
  void broker_found(std::uint32_t broker, Time now) override;
  void broker_returned(std::uint32_t broker, std::uint64_t boot, Time lost_at, Time back_at,
                       Time now) override;
  void broker_stood_still(std::uint32_t broker, Time from, Time until, Time losses_until, Time now) override;
  void listed(std::uint32_t broker, bool is_new_boot, Time now) override;
  void served_again(std::uint32_t broker, Time now) override;
  void events_get_lost(std::uint32_t broker) override;
  void requests_are_too_large(std::uint32_t broker) override;
  void messages_are_left_out(std::uint32_t broker) override;
  LinkTraffic link_traffic(std::uint32_t broker) override;
  bool may_serve(std::uint32_t broker, std::uint64_t boot, Time now) override;
  void link_is_deaf(std::uint32_t broker) override;
  void plugin_state_changed(std::uint32_t broker, PluginState state, const std::string& detail) override;
  void rules_are_too_large(std::uint32_t broker, std::size_t bytes, std::size_t most) override;
  void cause_log_changed(std::uint32_t broker, CauseLog log) override;
  void broker_greeted(std::uint32_t broker, bool knows_causes, Millis activity_interval) override;

  // bridge_reports.cpp: who may speak for which device, and what is said.
  request::Rules rules_for_plugins() const;
  bool wants_activity() const;
  std::optional<DeviceIdentity> device_of_report(std::string_view topic, const ClientIdentity& by) const;
  std::string template_of(const std::string& device) const;
  void say_where_activity_is_off(std::uint32_t broker);

  // bridge_restore.cpp: starting from what was stored, and with another configuration.
  Engine make_engine(std::uint64_t first_seq) const;
  void restore(StoredState stored, Time now);
  void restore_device(DeviceRecord& record, const std::map<std::string, Time>& last_contacts);
  void publish_unsettled(const StoredState& stored);
  void refresh_once_known(std::string_view device, std::uint64_t seq);
  void restate(std::uint32_t broker, Time now);
  void forget(const DeviceRecord& record);
  void clear(const std::string& device, const std::string& encoded_device, std::uint64_t seq);
  void say_forgotten(std::size_t count);

  // bridge_same_broker.cpp: two entries that lead to one broker.
  void give_up(std::uint32_t broker, std::uint32_t same_as, Time now);

  // bridge_clock.cpp: steps of the wall clock.
  void await_clock(const StoredState& stored, Time now);
  void correct_stored_times(std::optional<Millis> step, const std::string& broker, Time now);
  void move_what_is_stored(Millis by);

  // bridge_left_overs.cpp: retained statuses that aren't those of the store.
  void read_left_overs(std::uint32_t broker, Time now);
  void begin_reading(Time now);
  void end_reading(Time now);
  struct Reading;
  void finish(std::uint32_t broker, Reading& reading);
  Time reading_deadline() const;
  std::size_t publish_missing(const std::vector<std::size_t>& found, std::uint64_t seq);

  // bridge_summary.cpp: ds/bridge.
  void publish_bridge(Time now);
  BridgeStatus::Backlog backlog() const;
  std::vector<BridgeStatus::TooLarge> too_large() const;
  Time telling_deadline() const;

  // bridge_log.cpp
  void log_conflicts(Time now);
  std::optional<Time> conflicts_log_due() const;

  // Several brokers are listed before any of them is judged: a device may have gone from one to another.
  void end_gathering(Time now);
  bool is_everyone_listed() const;
  /// `event(now)`, now or when what happened at all brokers can be put in order.
  template <typename Event>
  void happen(Time at, Time now, Event event) {
    if (is_gathering_) {
      gathered_.push_back({at, std::move(event)});
    } else {
      event(now);
    }
  }

  class Gone;
  void add_consumers();
  void carry_out(const Effects& effects);
  void publish(std::uint32_t broker, std::string topic, std::string payload, bool retain);
  void publish_everywhere(std::string topic, std::string payload, bool retain);
  void publish_all(std::uint32_t broker);
  bool has_to_write(Time now) const;
  Time progress_due() const;
  StoreBatch batch(Time now);
  void remove_cleared(const std::vector<BrokerRecord>& brokers);

  Config config_;
  const TopicNames topics_;
  BridgePorts& ports_;
  Time since_;
  Engine engine_;
  std::vector<std::unique_ptr<BrokerSession>> sessions_;  // by index into Config::brokers

  StoreQueue store_queue_;
  Publisher publisher_;
  FleetSummary fleet_;
  Delivery delivery_;
  std::map<std::string, std::uint64_t>
      cleared_;  // forgotten devices whose status is to be cleared, with its number
  /// Devices whose status may not have arrived, until their broker is listed; with its number.
  std::map<std::string, std::uint64_t> unsettled_;
  std::size_t forgotten_ = 0;  // since it was last said
  std::uint64_t restored_seq_ceiling_ = 0;
  std::uint64_t seq_ceiling_ = 0;  // 0: none has been handed to the store yet
  bool is_ready_ = false;
  bool is_ending_ = false;
  bool is_last_begun_ = false;  // the batch that says that nothing else follows
  bool templates_are_stored_ = false;
  Time progress_stored_{};
  std::uint64_t arrived_seq_stored_ = 0;  // and all below it
  std::string said_store_error_;

  struct Told {
    Time at;
    std::function<void(Time now)> event;
    /// `at` is a time that was stored, but not after `latest`.
    struct Stored {
      Time at, latest;
    };
    std::optional<Stored> stored{};
  };
  bool is_gathering_ = false;
  Time gather_until_{};
  std::vector<Told> gathered_;
  std::map<std::uint32_t, Time> gathered_until_;  // how far each broker is known
  std::map<std::uint32_t, Time> gathered_away_;   // whose links have gone down, and when
  std::vector<bool> is_listed_;
  std::vector<bool> is_given_up_;                             // the same broker as another one
  std::vector<bool> is_activity_off_, is_activity_off_said_;  // by the plugin's option, by broker

  bool is_clock_known_ = false;  // how it compares with the times that were stored
  bool is_any_clock_compared_ = false;
  Millis step_at_start_{0};
  std::vector<BrokerRecord> other_brokers_;  // that are stored, and not in the configuration
  bool have_others_moved_ = false;           // and the store doesn't know yet
  Millis row_clock_{0};                      // StoreBatch has what it is
  std::optional<Time> no_rows_after_;

  struct Reading {
    Time last;
    std::uint64_t seq = 0;  // the highest when it began
    std::uint64_t cleared = 0, corrected = 0;
    std::vector<std::size_t> found;  // hashes of the devices; only where those that are missing count
  };
  /// Brokers where the bridge before this one may have published what it didn't store, until that is
  /// corrected.
  std::vector<bool> may_differ_;
  std::map<std::uint32_t, Reading> readings_;  // of left-overs, by broker
  std::map<std::uint32_t, Time> unread_;       // the same, where it hasn't begun; since when it is wanted

  std::string bridge_payload_;
  Time bridge_published_{};
  std::optional<Time> behind_since_;
  bool is_backlog_told_ = false;
  std::vector<CauseLog> cause_logs_;  // by broker
  bool has_new_warnings_ = false;     // that ds/bridge hasn't told
  std::uint64_t no_device_ids_ = 0;
  Time conflicts_logged_at_{}, conflicts_logged_through_{};  // when, and up to which takeover
};

}  // namespace rollcall
