// SPDX-License-Identifier: Apache-2.0
// The whole bridge without its I/O: brokers' event streams in, through device rules and engine, statuses out.
// The daemon and the tests drive the very same object. Not thread safe: one thread owns it.
//
// It puts its parts together (sessions, start, engine, store, scans, log), which have a concern and tests
// each: its many functions are the calls of its owner, and the steps that take more than one part.
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

#include "base/histogram.hpp"
#include "bridge/core/config/config.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/pipeline/bridge_log.hpp"
#include "bridge/core/pipeline/bridge_ports.hpp"
#include "bridge/core/pipeline/broker_counts.hpp"
#include "bridge/core/pipeline/checkpoint.hpp"
#include "bridge/core/pipeline/contact_collector.hpp"
#include "bridge/core/pipeline/delivery.hpp"
#include "bridge/core/pipeline/feature.hpp"
#include "bridge/core/pipeline/fleet_history.hpp"
#include "bridge/core/pipeline/fleet_summary.hpp"
#include "bridge/core/pipeline/inbox.hpp"
#include "bridge/core/pipeline/newcomers.hpp"
#include "bridge/core/pipeline/publisher.hpp"
#include "bridge/core/pipeline/stale_statuses.hpp"
#include "bridge/core/pipeline/startup_sync.hpp"
#include "bridge/core/pipeline/unacknowledged_statuses.hpp"
#include "bridge/core/session/broker_session.hpp"
#include "bridge/core/store/write_queue.hpp"
#include "topics/names.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

class Bridge {
 public:
  /// Goes on from what was `stored`. `now`: becomes `since` in ds/bridge. `random`: any number, another at
  /// each start. `ports` and `store` must outlive the bridge. Throws StoreFailure.
  Bridge(Config config, BridgePorts& ports, Store& store, StoredState stored, Time now, std::uint32_t random);

  /// `consumer` gets the effects too from now on, after the bridge's own consumers. It must outlive the
  /// bridge.
  void add_consumer(EffectConsumer& consumer) { delivery_.add(consumer); }
  /// Likewise; `feature` has what it is about only once all brokers are synced.
  void add_feature(Feature& feature);
  /// For features: what they publish goes out with the advance() in which they do.
  Publisher& publisher() { return publisher_; }

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
  bool follows_clock() const { return is_clock_known_ && !startup_.is_active(); }

  /// How the write that Store::begin_write() began has ended.
  void stored(const Result<void>& result, Time now);

  /// Goes on with another configuration, or, with an error, with the one that it has: brokers, store and
  /// topic prefix can't change.
  Result<void> reload(Config config, Time now);

  /// Numbers are reserved in the store, or the clock stands in for that: links may come up. Until then the
  /// bridge only wants advance(), begin_write() and stored().
  bool is_ready() const { return checkpoint_.is_ready(); }

  /// What an operator wants (events.hpp). The error says why it can't be: nothing has changed then. Gives the
  /// number of the write that stores it.
  Result<std::uint64_t> command(const OperatorAction& action, Time now);
  /// Why command() and report() can't be carried out now; empty: they can.
  std::optional<std::string> why_no_commands() const;
  /// A device that is known has reported, by way of an operator (rules 1 and 6). As command().
  Result<std::uint64_t> report(std::string_view device, Time now);
  /// What features have for the store by now goes with this write.
  std::uint64_t next_write() const { return store_queue_.next_write(); }
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
  /// How many events of brokers one call applies at most, of what may wait: a message's own are applied
  /// together. The rest waits for the next call, and next_deadline() is in the past meanwhile.
  void set_most_events(std::size_t most) { most_events_ = most; }
  /// True while some wait.
  bool is_behind() const;
  /// Gives the store what has changed, unless it is busy. Call it after advance(), once what that sent is on
  /// its way: nobody waits for the store.
  void begin_write(Time now);
  Time next_deadline() const;

  /// What ds/bridge says: as it is now, or as the links' will and a clean end should leave it. Valid until
  /// the next call.
  BridgeStatus status(bool online) const;
  std::string bridge_payload(bool online) const { return to_json(status(online)); }
  /// Empty until everything is known that brokers and store can tell; else what is still missing: for people.
  std::optional<std::string> why_not_ready() const;
  /// Publications that no broker has acknowledged yet, at brokers that can be reached; and what isn't stored
  /// yet.
  BridgeStatus::Backlog backlog() const;

  /// How the bridge stands with one broker.
  struct BrokerView {
    bool is_up = false;                 ///< its link
    bool is_synced = false;             ///< its snapshot is complete, and its events are followed
    std::optional<PluginState> plugin;  ///< empty: it hasn't answered yet
    std::string plugin_detail;          ///< its version, or what is wrong with it
  };
  BrokerView broker(std::uint32_t broker) const;

  // For metrics, since the start.
  BrokerCounts broker_counts(std::uint32_t broker) const;
  /// From an event at a plugin to the acknowledgement of the status that came of it, of all brokers.
  DurationHistogram publish_latency() const;
  std::uint64_t store_commits() const { return store_queue_.commit_count(); }
  std::uint64_t store_failures() const { return store_queue_.failure_count(); }
  /// The payload of ds/fleet that was published last; empty: none.
  const std::string& fleet_payload() const { return fleet_.payload(); }
  /// Likewise of ds/bridge.
  const std::string& published_payload() const { return bridge_payload_; }
  /// False: another bridge is served at this broker, and ds/bridge there is its own.
  bool is_served(std::uint32_t broker) const { return !sessions_[broker]->is_displaced(); }
  /// True while the plugin at this broker answers.
  bool is_answered(std::uint32_t broker) const { return sessions_[broker]->is_answered(); }

  const TopicNames& topics() const { return topics_; }
  const Config& config() const { return config_; }
  const Engine& engine() const { return engine_; }
  /// True if all brokers have confirmed all that was sent to them, and nothing waits for one.
  bool is_all_acknowledged() const;
  /// True while a broker that can be reached hasn't confirmed all that was sent to it.
  bool awaits_answers() const;
  /// True if everything is stored.
  bool is_stored() const;

 private:
  // bridge_inbox.cpp: what comes of the links, a bounded number of events at a time.
  bool is_behind(std::uint32_t broker) const;
  bool is_anyone_replaying() const;
  void work_off(Time now, std::size_t most);
  void work_off(std::uint32_t broker, Time now, std::size_t most);
  void work_off(std::uint32_t broker, const Inbox::Entry& entry, Time now);
  std::size_t take_events(std::uint32_t broker, Time now, std::size_t most);

  // bridge_events.cpp: what sessions tell.
  void apply(std::uint32_t broker, const SessionEvent& event, Time now);
  void begin_end_of_startup(Time now);
  bool go_on_ending_startup(Time now, std::size_t most);
  struct Apply;
  void opened(const session_event::Opened& event, Time now);
  void reported(const session_event::Reported& event, Time now);
  bool may_be_device(std::string_view device, Time at);
  void log_where_activity_is_off(std::uint32_t broker);
  void broker_returned(std::uint32_t broker, const session_event::BrokerReturned& event, Time now);
  void synced(std::uint32_t broker, const session_event::Synced& event, Time now);
  void served_again(std::uint32_t broker, Time now);
  void greeted(std::uint32_t broker, const session_event::PluginGreeted& event);
  void cause_log_changed(std::uint32_t broker, CauseLog log);

  // bridge_restore.cpp: starting from what was stored, and with another configuration.
  Engine make_engine(std::uint64_t first_seq) const;
  void restore(StoredState stored, Time now);
  bool restore_device(DeviceRecord& record, const std::map<std::string, Time>& last_contacts);
  void publish_unacknowledged(const StoredState& stored);
  void republish_once_known(std::string_view device, std::uint64_t seq);
  void republish_unacknowledged(std::uint32_t broker, Time now);
  void clear(const std::string& device, const std::string& encoded_device, std::uint64_t seq);

  // bridge_same_broker.cpp: two entries that lead to one broker.
  void refuse_what_is_served(std::uint32_t broker, std::uint64_t boot, Time now);
  void give_up(std::uint32_t broker, std::uint32_t same_as, Time now);

  // bridge_clock.cpp: steps of the wall clock.
  void await_clock(const StoredState& stored, Time now);
  void clock_compared(std::uint32_t broker, std::optional<Millis> step, Time now);
  void correct_stored_times(std::optional<Millis> step, const std::string& broker, Time now);

  // bridge_stale_statuses.cpp
  void begin_scans(Time now);
  void end_scans(Time now);

  // bridge_summary.cpp: ds/bridge.
  void publish_bridge(Time now);
  std::vector<BridgeStatus::TooLarge> too_large() const;
  Time telling_deadline() const;

  bool is_everyone_synced() const;
  void apply_all_due(Time now);
  void advance_features(Time now);
  void ask_for_features(std::uint32_t broker, Time now);
  bool have_features_changes() const;

  class Gone;
  void add_consumers();
  void carry_out(const Effects& effects);
  void publish(std::uint32_t broker, std::string topic, std::string payload, bool retain);
  void publish_everywhere(std::string topic, std::string payload, bool retain);
  void publish_all(std::uint32_t broker);
  Checkpoint::Progress progress() const;
  StoreBatch batch(Time now);
  void remove_cleared(const std::vector<BrokerRecord>& brokers);

  Config config_;
  const TopicNames topics_;
  BridgePorts& ports_;
  BridgeLog log_;
  Time since_;
  Engine engine_;
  std::vector<std::unique_ptr<BrokerSession>> sessions_;  // by index into Config::brokers

  StoreQueue store_queue_;
  Publisher publisher_;
  FleetSummary fleet_;
  FleetHistory fleet_history_;
  ContactCollector contacts_;
  Delivery delivery_;
  std::vector<Feature*> features_;
  Checkpoint checkpoint_;
  UnacknowledgedStatuses unacknowledged_;

  std::size_t most_events_;     // in one call
  std::vector<Inbox> inboxes_;  // by broker
  Newcomers newcomers_;
  StartupSync startup_;
  StaleStatuses stale_;
  std::vector<bool> is_given_up_;      // the same broker as another one
  std::vector<bool> is_activity_off_;  // by the plugin's option, by broker

  bool is_clock_known_ = false;  // how it compares with the times that were stored
  bool is_any_clock_compared_ = false;

  std::string bridge_payload_;
  Time bridge_published_{};
  std::optional<Time> behind_since_;
  bool is_backlog_told_ = false;
  std::vector<BrokerCounts> counts_;  // by broker; gaps are the sessions'
  std::vector<CauseLog> cause_logs_;  // by broker
  bool has_new_warnings_ = false;     // that ds/bridge hasn't told
  std::uint64_t published_refused_newcomers_ = 0;
};

}  // namespace rollcall
