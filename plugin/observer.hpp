// SPDX-License-Identifier: Apache-2.0
// From the broker's callbacks to connections that begin and end (docs/broker-behaviour.md, by row).
//
// A connection is known by the address of the broker's record of it and by our own record beside that, never
// by a client id: a disconnect of an address that isn't held here (a refused login, the stray end of a
// resumed session) changes nothing. What a callback can't tell yet waits as an unsettled step until the next
// callback of another chain: a login on 2.0 may still be refused; a will that is sent shows only after the
// disconnect.
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
#include "plugin/broker.hpp"
#include "plugin/broker_log.hpp"
#include "plugin/journal.hpp"
#include "plugin/speakers.hpp"
#include "plugin/stall_detector.hpp"

namespace rollcall::plugin {

class Observer {
  struct Client;

 public:
  /// What each message needs of a client that the broker has: the less there is to look at, the better.
  struct Sender {
    std::shared_ptr<Client> client;
    Journal::Connection* connection = nullptr;  // the journal's record of it; nullptr: not reported
    Millis last_heard{0};                       // 2.0 only
    Millis active_at{0};                        // the latest message, if one is noted
    bool is_noted = false;                      // the journal knows that there was one
  };

  /// All must outlive the observer; the journal asks it for activity, `log` tells it causes on 2.0.
  Observer(Broker& broker, Journal& journal, BrokerLog& log);

  /// A login is about to be judged. True: no, the broker asks again after a reload, for everyone whom it has,
  /// those who are away included.
  bool is_asked_again();

  /// 2.0 only: a login is about to be judged, for the first time. `is_bridge`: it is the bridge's, which is
  /// never reported.
  void login(ClientHandle client, bool is_bridge);

  /// 2.1 only: CONNACK was sent.
  void connected(ClientHandle client, bool is_bridge);

  /// DISCONNECT or CLIENT_OFFLINE. `reason`: the broker's MOSQ_ERR_* or MQTT reason on 2.1; nothing on 2.0.
  void disconnected(ClientHandle client, std::optional<int> reason);

  /// The broker checks whether the client may write: a publish, or its will after its end.
  void write_checked(ClientHandle client);

  /// 2.0 only: a packet of this client is being handled (SUBSCRIBE, PUBLISH). The first of one whose login
  /// wasn't seen (certificates; another plugin answered first) is the contact; `bridge_username`: whose
  /// contact is never reported. Returns whom the packet came from; nullptr: nobody that is reported. Valid
  /// until the next call.
  Sender* heard_from(ClientHandle client, std::string_view bridge_username);

  /// 2.1 only: a message of this client is being handled, as another chain of callbacks. Returns as
  /// heard_from().
  Sender* begin_message(ClientHandle client) {
    if (!steps_.empty()) settle();
    return reported(clients_.find(client));
  }

  /// A message of `sender` was accepted at `at`, and the journal notes activity.
  void note_activity(Sender& sender, Millis at) {
    sender.active_at = at;
    if (!std::exchange(sender.is_noted, true)) journal_.note_activity(*sender.connection, at);
  }

  /// The broker has been away, as it turns out now: keepalive losses that it finds within its next sweep are
  /// told as `broker_lost`.
  void stood_still(const Stall& stall);

  /// Another chain of callbacks begins ($CONTROL).
  void settle();

  /// Another chain of callbacks begins, and it is none of a reload.
  void end_reload();

  void reloading();
  void tick();

  /// False: the broker has never said that a turn of its loop is over. 2.0.11 with per_listener_settings
  /// never does.
  bool has_ticks() const { return has_ticks_; }
  bool is_settled() const { return steps_.empty(); }
  std::size_t tracked_count() const { return clients_.size(); }
  std::uint64_t unreported_count() const { return unreported_; }

 private:
  struct Client {
    ClientHandle handle;
    ClientFacts facts;  // given to the journal when it is confirmed
    Millis since{0}, last_heard{0};
    std::uint64_t connection = 0;  // the journal's number; 0: not reported
    std::uint8_t protocol = 0;
    std::uint16_t keepalive = 0;
    bool is_bridge = false;
    bool is_confirmed = false;
    bool is_proven = false;  // not confirmed yet, but a takeover has shown that the login was good
    bool is_gone = false;    // the broker may have freed the record
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
    std::shared_ptr<Client> client;
    Millis at{0};
    std::optional<Cause> cause;
    bool will_sent = false;
    std::string client_id{};       // of an end by takeover
    std::optional<Stall> stall{};  // which has no client
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
  Journal& journal_;
  BrokerLog& log_;
  Clients clients_;
  std::vector<Step> steps_;             // in the order in which they happened
  std::shared_ptr<Client> last_login_;  // of the chain of callbacks that is going on
  std::optional<Stall> stall_;          // the last one
  bool is_reloading_ = false, has_ticks_ = false;
  Millis reload_seen_{0};
  std::uint64_t unreported_ = 0;
};

/// What a reason of MOSQ_EVT_DISCONNECT or MOSQ_EVT_CLIENT_OFFLINE of Mosquitto 2.1 means.
Cause cause_of_reason(int reason);

}  // namespace rollcall::plugin
