// SPDX-License-Identifier: Apache-2.0
// From the broker's callbacks to connections that begin and end (docs/broker-behaviour.md, row by row). Runs
// on the broker's thread.
//
// A connection is the address of the broker's record of it and a record here, never a client id. A disconnect
// of an address that isn't known here (a refused login, the stray end of a resumed session) changes nothing.
//
// Some callbacks don't yet show what happened: a login on 2.0 may still be refused, and whether a will is
// sent shows only after the disconnect. Such a step is pending until the broker's next callback that can't
// belong to the same chain of callbacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tsl/robin_map.h>

#include "base/cause.hpp"
#include "plugin/activity_log.hpp"
#include "plugin/broker.hpp"
#include "plugin/broker_log.hpp"
#include "plugin/broker_state.hpp"
#include "plugin/connection_table.hpp"
#include "plugin/device_permissions.hpp"
#include "plugin/stall_detector.hpp"

namespace rollcall::plugin {

class ConnectionTracker {
  struct Client;

 public:
  /// What each message needs of a connected client: small, since the fewer bytes are touched, the better.
  struct Sender {
    std::shared_ptr<Client> client;
    Connection* connection = nullptr;  ///< its row of the table; nullptr: not reported
    Millis last_heard{0};              ///< its latest packet, as far as callbacks show; 2.0 only
    Millis active_at{0};               ///< its latest message, if it is noted
    bool is_noted = false;             ///< ActivityLog knows that there was a message
  };

  /// All must outlive the tracker. `activity` asks it for the times of messages, `log` gives causes on 2.0.
  ConnectionTracker(Broker& broker, ConnectionTable& connections, ActivityLog& activity,
                    BrokerState& broker_state, BrokerLog& log);

  /// Returns true if the login that is about to be judged is none: after a reload the broker asks again for
  /// every client that it has, offline ones with a session included.
  bool is_asked_again();

  /// 2.0 only: a login is about to be judged, for the first time. `is_bridge`: it is the bridge's, which is
  /// never reported.
  void login(ClientHandle client, bool is_bridge);

  /// 2.1 only: CONNACK was sent.
  void connected(ClientHandle client, bool is_bridge);

  /// DISCONNECT or CLIENT_OFFLINE. `reason`: the broker's, on 2.1; empty on 2.0.
  void disconnected(ClientHandle client, std::optional<int> reason);

  /// The broker checks whether the client may write: a publish, or its will after its end.
  void write_checked(ClientHandle client);

  /// 2.0 only: the broker handles a packet of this client (SUBSCRIBE, PUBLISH). If its login wasn't seen
  /// (certificates; another plugin answered first), its connection begins here, unless its user is
  /// `bridge_username`. Returns nullptr for a client that isn't reported. Valid until the next call.
  Sender* heard_from(ClientHandle client, std::string_view bridge_username);

  /// 2.1 only: the broker handles a message of this client. Returns as heard_from().
  Sender* begin_message(ClientHandle client) {
    if (!pending_.empty()) settle();
    return reported(clients_.find(client));
  }

  /// A message of `sender` was accepted at `at`. Only while ActivityLog::is_on().
  void note_activity(Sender& sender, Millis at) {
    sender.active_at = at;
    if (!std::exchange(sender.is_noted, true)) activity_.note(*sender.connection, at);
  }

  /// The broker has been away, as is noticed now. Keepalives that it finds run out within its next sweep get
  /// the cause `broker_lost`.
  void stood_still(const Stall& stall);

  /// Handles what is pending: another chain of callbacks begins.
  void settle();

  /// A callback has come that none of a reload's chain can be.
  void end_reload();

  /// The broker begins a reload.
  void reloading();

  /// A turn of the broker's loop is over.
  void tick();

  /// False until the first tick. 2.0.11 with per_listener_settings never ticks.
  bool has_ticks() const { return has_ticks_; }

  /// True if nothing is pending.
  bool is_settled() const { return pending_.empty(); }
  std::size_t tracked_count() const { return clients_.size(); }

  /// Counts clients with an id or user name that is too long to be reported.
  std::uint64_t unreported_count() const { return unreported_; }

 private:
  struct Client {
    ClientHandle handle;
    ClientFacts facts;  // moved to the table when the login is confirmed
    Millis since{0}, last_heard{0};
    std::uint64_t connection = 0;  // number in the table; 0: not reported
    std::uint8_t protocol = 0;
    std::uint16_t keepalive = 0;
    bool is_bridge = false;
    bool is_confirmed = false;
    bool is_proven = false;  // not confirmed yet, but it took over another connection: the login was good
    bool is_gone = false;    // the broker may have freed its record
  };
  struct HandleHash {
    std::size_t operator()(ClientHandle client) const {
      constexpr std::uint64_t kGolden = 0x9E37'79B9'7F4A'7C15;  // addresses end with zeros
      return (reinterpret_cast<std::uintptr_t>(client) * kGolden) >> 32U;
    }
  };
  using Clients = tsl::robin_map<ClientHandle, Sender, HandleHash>;
  struct Step {
    enum class Kind { open, end, stall } kind;
    std::shared_ptr<Client> client;  // nullptr for a stall
    Millis at{0};
    std::optional<Cause> cause;
    bool will_sent = false;
    std::string client_id{};  // for an end by takeover
    std::optional<Stall> stall{};
  };

  Sender* reported(Clients::iterator client) const {
    return client == clients_.end() || client->second.connection == nullptr ? nullptr : &client.value();
  }
  std::shared_ptr<Client> begin(ClientHandle handle, bool is_bridge);
  bool was_let_in(const Client& client) const;
  std::optional<Cause> cause_before_will(const std::string& client_id, std::string_view line);
  void confirm(Client& client, Millis at);
  void end(const Step& step);
  Cause cause_of(const Step& step) const;
  bool is_within_sweep(Millis at) const;

  Broker& broker_;
  ConnectionTable& connections_;
  ActivityLog& activity_;
  BrokerState& broker_state_;
  BrokerLog& log_;
  Clients clients_;
  std::vector<Step> pending_;           // in the order in which they happened
  std::shared_ptr<Client> last_login_;  // of the present chain of callbacks
  std::optional<Stall> stall_;          // the last one
  bool is_reloading_ = false, has_ticks_ = false;
  Millis reload_seen_{0};
  std::uint64_t unreported_ = 0;
};

}  // namespace rollcall::plugin
