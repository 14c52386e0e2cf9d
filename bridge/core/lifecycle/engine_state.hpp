// SPDX-License-Identifier: Apache-2.0
// What is inside the engine. Internal to engine*.cpp: its calls are in engine.cpp, events in
// engine_events.cpp, waits in engine_waits.cpp, declarations and operators in engine_declared.cpp, outages in
// engine_outage.cpp, brokers that stood still in engine_stalls.cpp, connections at brokers that are away in
// engine_detached.cpp, clients that fight over an id in engine_conflicts.cpp, steps of the clock in
// engine_clock_step.cpp, what is stored in engine_records.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "bridge/core/lifecycle/connections.hpp"
#include "bridge/core/lifecycle/device.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/lifecycle/fleet_counter.hpp"
#include "bridge/core/lifecycle/hash_index.hpp"
#include "bridge/core/lifecycle/rules.hpp"
#include "bridge/core/lifecycle/status_payload.hpp"
#include "bridge/core/lifecycle/string_arena.hpp"
#include "bridge/core/lifecycle/takeovers.hpp"
#include "bridge/core/lifecycle/timers.hpp"
#include "bridge/core/lifecycle/watermark.hpp"

namespace rollcall {

/// What a row says about how it came about.
struct TransitionCause {
  std::string_view cause;
  std::optional<bool> graceful;
  std::optional<std::uint32_t> broker;
  std::string_view client_id, address;
};

TransitionCause cause_of(const LastEnd& end);

struct Engine::State {
  /// Of a broker that is back. The connections that it cut live on, in the boot that is over, until their
  /// device is back or the grace is over.
  struct Missing {
    Time lost_at, grace_ends;
  };
  struct Outage {
    OutageRecord facts;
    std::map<std::size_t, Missing> missing;             ///< the devices that aren't back yet
    std::set<std::pair<Time, std::size_t>> grace_ends;  ///< of these, in this order

    void add_missing(std::size_t index, Missing of_device);
    bool take_missing(std::size_t index);  ///< false: it wasn't
    void change_graces(const std::function<Time(Time)>& change);
    /// When there is next something to do about it.
    Time next_step() const;
  };
  struct Broker {
    Watermark connections;              ///< of who came and went
    Watermark activity;                 ///< of what those who are connected published
    std::optional<std::uint64_t> boot;  ///< since the first outage: any other is over
    std::optional<Outage> outage;       ///< until its grace is over
    bool is_away = false;               ///< its link is down
    std::uint64_t moved = 0;            ///< devices that were there then, and are elsewhere by now
  };
  /// Connections at brokers that are away, which don't count beside others. They may live.
  struct Detached {
    Connections connections;
    std::map<std::size_t, LiveConnections> of_devices;  ///< of no other devices
  };

  std::vector<TemplateDefinition> templates;      ///< never changed: devices and effects point into it
  std::set<std::string, std::less<>> other_keys;  ///< of statuses that no template has any more
  std::vector<std::string> broker_names;
  Millis outage_grace{0};
  std::uint64_t seq = 0;  ///< the last one given out
  Time now = Time::min();
  bool is_republishing = false;
  bool is_held = false;                  ///< nothing is due, whatever the time
  std::vector<Device> devices;           ///< some are gone: their places are taken again
  std::vector<std::size_t> free_places;  ///< of `devices`
  std::vector<std::size_t> gone;         ///< likewise, from the end of the call that is running on
  HashIndex index_by_id;
  Connections connections;  ///< those that live
  Detached detached;        ///< by devices that are, or were later, connected elsewhere
  Timers timers;            ///< of waits, and of the time that an operator gave
  Timers steady_timers;     ///< of those who are flapping
  Takeovers takeovers;
  ConnectionId last_opened;  ///< at a takeover it is told right before the end of the older one
  std::map<std::uint32_t, Broker> brokers;
  std::uint64_t last_waiting = 0;
  Effects effects;                   ///< of the call that is running, or of the last one
  StringArena arena;                 ///< of texts in these
  std::string text;                  ///< what is being written
  std::vector<std::size_t> touched;  ///< likewise; order of first touch
  std::vector<std::size_t> changed;  ///< since they were last taken; order of first change
  FleetCounter fleet;                ///< of all but those: they are counted as they were

  const TemplateDefinition* find_template(std::string_view name) const;
  const TemplateDefinition& template_of(std::string_view name) const;
  static std::uint64_t hash_of(std::string_view id) { return std::hash<std::string_view>{}(id); }
  std::optional<std::size_t> find(std::string_view id) const;
  std::optional<std::size_t> find_or_add(std::string_view id);
  Time happened(Device& device, Time at) const;

  void apply(const ConnectionOpened& event);
  void apply(const ConnectionEnded& event);
  void apply(const Reported& event);
  void apply(const Active& event);
  void apply(const Declared& event);
  std::optional<std::size_t> device_of(const Event& event) const;
  Connection* find_that_counts(const ConnectionId& id, Time at);
  void active(std::size_t index, Time at, const Connection* by);
  void settle_late(std::size_t index, Time at);
  void apply(const BrokerAway& event);
  void apply(const BrokerFound& event);
  void apply(const BrokerListed& event);
  void apply(const BrokerReturned& event);
  void apply(const BrokerStoodStill& event);
  bool is_over(const ConnectionId& id) const;

  void fire_due(Time until, std::size_t at_most = SIZE_MAX);
  void fire_due_of(const Event& event);
  void fire(const Timers::Timer& timer);
  void raise(Watermark& watermark, Time to);
  Watermark* watermark_of(const Device& device);
  bool wait_for_watermark(std::size_t index, Time due);
  void release(std::size_t index);
  void emit_due(std::size_t index);
  void catch_up(std::size_t index, std::uint32_t broker, Time at);
  void begin(Time until, std::size_t at_most);
  const Effects& finish();
  std::string_view encoded(std::string_view device);

  void contact(std::size_t index, const TemplateDefinition& definition);
  void record_blip(Device& device, Time at);
  void come_online(std::size_t index, Time at, std::string_view from, const TransitionCause& cause);
  void enter(std::size_t index, std::size_t status, Time at, std::string_view from,
             const TransitionCause& cause);
  void begin_first_wait(std::size_t index, Time began, Time not_before = Time::min());
  void begin_next_wait(std::size_t index, Time began, Time not_before = Time::min(),
                       bool by_operator = false);
  void begin_late_wait(std::size_t index);
  void begin_wait(std::size_t index, const std::optional<Wait>& wait);
  void set_wait(std::size_t index, Wait wait);
  void stop_wait(std::size_t index);
  void arm(std::size_t index);
  void count_change(std::size_t index, Time at);
  void grow_steady(std::size_t index);
  void forget_changes(std::size_t index);

  // engine_declared.cpp
  void take_declaration(std::size_t index, const Declared& event);
  void keep_shown(Device& device);
  void use_up(std::size_t index);
  static void change_template(std::unique_ptr<OperatorStatus>& set, const TemplateDefinition& before,
                              const TemplateDefinition& definition);
  bool is_over(const Device& device);
  Result<void> apply(const SetStatus& action);
  Result<void> apply(const ReleaseStatus& action);
  Result<void> apply(const ForgetDevice& action);
  Result<std::size_t> known(std::string_view device) const;
  void operator_time_is_over(std::size_t index, Time due);
  void forget(std::size_t index);
  void record(Device& device, std::string_view kind, Time at, std::string_view from,
              const TransitionCause& cause);
  void touch(std::size_t index);
  void change(std::size_t index);

  void freeze(std::uint32_t broker, Time lost_at, Time back_at);
  void pass_unseen(std::size_t index);
  // engine_stalls.cpp
  void excuse_late_reports(std::uint32_t broker, Time from, Time until);
  bool goes_missing(std::size_t index, const ConnectionEnded& event);
  void cut(const BrokerReturned& event, Outage& outage);
  void came_back(std::size_t index, Time at);
  std::optional<Time> missing_since(std::size_t index) const;
  std::vector<ConnectionId> cut_connections(const Device& device, std::uint32_t broker) const;
  // engine_detached.cpp
  void detach_from_away_brokers(std::size_t index, Time at);
  void detach(std::size_t index, const ConnectionId& id);
  std::optional<Connection> take_detached(const ConnectionId& id);
  void reattach(Connection connection, Time at);
  bool outlived_others(const ConnectionId& id, Time at);
  void forget_detached(std::size_t index);
  std::vector<ConnectionId> detached_at(std::uint32_t broker) const;

  // engine_conflicts.cpp
  void note_takeover(const Connection& ended, Time at);
  const Connection* newcomer_after(const Connection& ended) const;
  void mark_conflict(Takeovers::Entry& conflict, std::size_t index);
  void end_next_conflict();
  void forget_conflicts(std::size_t index);
  void restore_conflicts(std::size_t index, const DeviceRecord& record);

  void drop(Device& device, const std::vector<ConnectionId>& ids);
  void step_outage(Time at);
  void give_up(std::uint32_t broker, std::size_t index, const Missing& missing);
  void tell(std::uint32_t broker, Time at);
  std::optional<Time> next_step_of_outages() const;

  // engine_clock_step.cpp
  void move_devices(Millis by);
  void move_brokers(Millis by);
  bool pull_back(std::size_t index);

  void write_record(std::size_t index, DeviceRecord& record) const;
  std::string_view lasting(std::string_view status_key);
  ConnectionRecord record_of(const Connection& connection) const;
  Connection* restore_connection(Connections& to, LiveConnections& of_device, std::size_t index,
                                 const ConnectionRecord& record);
  void restore_connections(std::size_t index, const DeviceRecord& record);
  void restore_connected(std::size_t index);
  void restore_declared(Device& device, const DeviceRecord& record);
  std::optional<std::uint32_t> broker_named(std::string_view name) const;
};

}  // namespace rollcall
