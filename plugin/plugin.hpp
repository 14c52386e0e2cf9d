// SPDX-License-Identifier: Apache-2.0
// The plugin without Mosquitto's headers: the broker's callbacks come in, verdicts go back, and events and
// statuses leave through the Broker port. One object for each broker process, however many instances of the
// plugin the broker makes (per_listener_settings), so that there is one event stream. Runs on the broker's
// thread.
//
// It has more than 15 fields because it owns every part of the plugin: it passes callbacks on to them, and
// has no state of its own but the bridges that have just left.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "plugin/activity_log.hpp"
#include "plugin/broker.hpp"
#include "plugin/broker_log.hpp"
#include "plugin/broker_state.hpp"
#include "plugin/commands.hpp"
#include "plugin/connection_table.hpp"
#include "plugin/connection_tracker.hpp"
#include "plugin/deferred_log.hpp"
#include "plugin/device_permissions.hpp"
#include "plugin/event_stream.hpp"
#include "plugin/guard.hpp"
#include "plugin/options.hpp"
#include "plugin/placeholder.hpp"
#include "plugin/plugin_log.hpp"
#include "plugin/report_log.hpp"
#include "plugin/request_queue.hpp"
#include "plugin/snapshot_pager.hpp"
#include "plugin/stall_detector.hpp"
#include "topics/names.hpp"

namespace rollcall::plugin {

class Plugin {
 public:
  /// `is_v21`: the broker is Mosquitto 2.1, which has MOSQ_EVT_CONNECT, gives causes, and calls outgoing().
  /// `boot`: random. `broker` must outlive the plugin.
  Plugin(Options options, Broker& broker, bool is_v21, std::uint64_t boot);

  const Options& options() const { return options_; }

  /// Judges a login, or one that the broker asks about again after a reload.
  Verdict basic_auth(ClientHandle client, std::optional<std::string_view> username,
                     std::optional<std::string_view> password);

  /// Judges an access. Topics here and below are the broker's own strings, which end with a zero: measuring
  /// each would cost more than most calls need.
  Verdict acl_check(ClientHandle client, Access access, const char* topic, std::string_view payload);

  /// 2.1 only: CONNACK was sent.
  void connected(ClientHandle client);

  /// A connection has ended. `reason`: as the broker has it; empty on 2.0.
  void disconnected(ClientHandle client, std::optional<int> reason);

  /// The broker has accepted a message. Several instances of the plugin may pass on the same one.
  /// `is_retained`: it was published with the flag retain. `properties`: the broker's.
  void message(ClientHandle client, const char* topic, std::string_view payload, bool is_retained,
               std::uint8_t qos = 0, const void* properties = nullptr);

  /// A request on $CONTROL.
  void control(ClientHandle client, std::string_view payload);

  /// 2.1 only: returns what becomes of a message that is about to be sent to one subscriber.
  OutgoingMessage outgoing(const char* topic, std::string_view payload) {
    // For each message to each subscriber of the broker, so the quickest check comes first.
    return Placeholder::may_be(payload) ? placeholder_.outgoing(topic, payload) : OutgoingMessage{};
  }

  /// The broker has got a SIGHUP.
  void reload();

  /// A turn of the broker's loop is over.
  void tick();

  /// True once if the broker has stopped ticking: 2.1 does when its wall clock is set back. The tick callback
  /// must be registered again.
  bool take_stopped_ticks() { return stalls_.take_stopped_ticks() && is_v21_; }

  /// True while something waits for the next tick: the broker should not sleep long.
  bool wants_tick() const {
    return !tracker_.is_settled() || stream_.has_unsent() || activity_.is_behind() || !requests_.is_idle() ||
           commands_.is_busy();
  }

 private:
  ConnectionTracker::Sender* heard_from(ClientHandle client);
  void handle_declaration(Connection& connection, ClientHandle client, std::string_view topic,
                          std::string_view payload);
  void handle_subscription(ClientHandle client);
  void handle_command(Connection* connection, const PublishedMessage& message);
  void handle_report(Connection* connection, ClientHandle client, std::string_view topic, bool is_by_topic,
                     bool is_retained);
  void forget_left_bridges() {
    if (!left_bridges_.empty()) forget_bridges(std::exchange(left_bridges_, {}));
  }
  void forget_bridges(const std::vector<ClientHandle>& bridges);
  void check_for_stall();
  void handle_stall(const Stall& stall);
  void check_broker_log();
  void emit_due();
  void write_log();

  const Options options_;
  const TopicNames names_;
  const bool is_v21_;
  DeferredLog broker_;
  PluginLog log_;
  BrokerLog broker_log_;
  EventStream stream_;
  BrokerState broker_state_;
  ConnectionTable connections_;
  ActivityLog activity_;
  ReportLog reports_;
  RateLimit other_reports_, other_commands_;  // of all clients that aren't in the table together
  Commands commands_;
  SnapshotPager snapshots_;
  ConnectionTracker tracker_;
  DevicePermissions permissions_;
  Guard guard_;
  RequestQueue requests_;
  StallDetector stalls_;
  Placeholder placeholder_;
  std::vector<ClientHandle> left_bridges_;  // in this turn: their wills may still be written
};

}  // namespace rollcall::plugin
