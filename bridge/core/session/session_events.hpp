// SPDX-License-Identifier: Apache-2.0
// What a session with a broker tells its owner: plain values, in the order in which they are to be applied.
// Events that the engine takes as they are have the engine's own types (lifecycle/events.hpp). To keep one
// beyond the next call of the session, keep its texts: for_each_text().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/cause.hpp"
#include "base/time.hpp"
#include "bridge/core/lifecycle/events.hpp"
#include "topics/identity/device_rules.hpp"
#include "topics/protocol/stream.hpp"

namespace rollcall {

/// Whether the plugin answers, as people should be told.
enum class PluginState { answers, silent, other_version, serves_another };

/// What can't be published at a broker, because no request that is large enough for it gets through.
struct LeftOut {
  bool is_packet_limit = false;  ///< by the broker's own word; else it doesn't answer larger requests
  std::size_t needed_bytes = 0;  ///< what the broker's limit must be for the largest
  std::size_t statuses = 0;      ///< retained messages that wait for a larger limit
  std::uint64_t rows = 0;        ///< others, which are lost
};

namespace session_event {

/// Bytes to be sent on `$CONTROL/rollcall/v1`, QoS 0. A request that is lost is sent again.
struct SendRequest {
  std::string_view bytes;
};

/// A broker that runs as this boot answers the greeting. To refuse it call link_down(): the rest of the
/// message is dropped then.
struct BrokerAnswered {
  std::uint64_t boot = 0;
};
/// Once a run, with the first answer. `step`: by how much the wall clock was set since the last contact that
/// was restored; empty: the broker is another boot, or nothing was restored. Where that corrects stored
/// times, call correct_stored_times() before the next event is taken.
struct ClockCompared {
  std::optional<Millis> step;
};
/// The broker was started anew, at `back_at`; all that happened before `lost_at` has been told. `lost_at` may
/// be the later one: where this bridge was paused, and noticed late. Its retained messages may be gone.
struct BrokerReturned {
  std::uint64_t boot = 0;
  Time lost_at, back_at;
  bool is_stored_time = false;  ///< lost_at was restored, and isn't corrected yet
  bool was_synced = false;      ///< in this run, before
};

/// A connection began.
struct Opened {
  ConnectionId id;
  Time at;
  ConnectionFacts facts;
};
/// A message on ds/report/{device}, or on a topic that a device rule names.
struct Reported {
  std::string_view topic;
  ClientIdentity by;  ///< who published it
  Time at;
};
/// All that happened at the broker up to `until` has been told.
struct Watermark {
  Time until;
};
/// All activity at the broker up to `until` has been told.
struct ActivityWatermark {
  Time until;
};
/// A snapshot is complete: all that happened while nothing was heard has been told.
struct Synced {
  bool is_new_boot = false;  ///< the first of this boot, as far as is known here
  bool is_first = false;     ///< of this run
};

/// This bridge is served again after another one was: what that one published stands in place of ours.
struct ServedAgain {};
/// Told on change. `detail`: the plugin's version, or what was wrong.
struct PluginStateChanged {
  PluginState state = PluginState::silent;
  std::string_view detail;
};
/// The plugin has answered a greeting.
struct PluginGreeted {
  bool knows_causes = false;    ///< false: its log must be subscribed to
  Millis activity_interval{0};  ///< how often it tells activity; 0: never
};
/// Whether the plugin can know causes. Told on change.
struct CauseLogChanged {
  CauseLog log = CauseLog::complete;
};
/// Nobody has answered on this link for long: it should be made anew.
struct LinkDeaf {};
/// The broker doesn't take requests of this size: smaller ones are sent from now on. Told once a boot.
struct RequestsTooLarge {};
/// Something can't be published at this broker. Told once a boot; BrokerSession::left_out() knows what has
/// come to it since.
struct MessagesLeftOut {
  LeftOut what;
};
/// Events don't arrive, again and again: each time a new snapshot has to make up for them. Told once.
struct EventsLost {};
/// A message to a device whose commands are queued. It may be told again.
struct CommandTaken {
  CommandId id;
  Time at;
  std::string_view device;  ///< encoded
  bool is_passed = false;   ///< the broker gave it to the device itself: what is kept of its topic is old
  CommandMessage message;
};
/// The answer to request::DeliverCommand. `is_done` false: the client hasn't subscribed, or isn't there.
struct CommandDelivered {
  CommandId id;
  bool is_done = false;
};
/// A client of a device whose commands are queued has asked for a subscription.
struct ClientSubscribed {
  std::string_view client_id;
};
/// So many messages to devices were refused, or couldn't be kept, since the broker's start.
struct CommandsCounted {
  std::uint64_t boot = 0, denied = 0, dropped = 0;
};
/// The rules don't fit into a request that the broker takes: its plugin has none, so nobody declares or
/// reports there.
struct RulesTooLarge {
  std::size_t bytes = 0, most = 0;
};

}  // namespace session_event

/// ConnectionEnded, Active and Declared may be told again, and of connections that nobody knows.
/// BrokerFound: it is the boot that was known, or the first one that is. BrokerStoodStill: what the broker
/// finds lost up to `losses_until` is told as ended by broker_lost.
using SessionEvent =
    std::variant<session_event::SendRequest, session_event::BrokerAnswered, session_event::ClockCompared,
                 BrokerAway, BrokerFound, session_event::BrokerReturned, BrokerStoodStill,
                 session_event::Opened, ConnectionEnded, Active, Declared, session_event::Reported,
                 session_event::Watermark, session_event::ActivityWatermark, session_event::Synced,
                 session_event::ServedAgain, session_event::PluginStateChanged, session_event::PluginGreeted,
                 session_event::CauseLogChanged, session_event::LinkDeaf, session_event::RequestsTooLarge,
                 session_event::MessagesLeftOut, session_event::EventsLost, session_event::RulesTooLarge,
                 session_event::CommandTaken, session_event::CommandDelivered,
                 session_event::ClientSubscribed, session_event::CommandsCounted>;
static_assert(std::is_trivially_copyable_v<SessionEvent>);

/// Calls `visit` with a reference to each text of the event.
template <typename Visit>
void for_each_text(SessionEvent& event, Visit visit) {
  if (auto* request = std::get_if<session_event::SendRequest>(&event)) {
    visit(request->bytes);
  } else if (auto* opened = std::get_if<session_event::Opened>(&event)) {
    visit(opened->facts.client_id);
    visit(opened->facts.username);
    visit(opened->facts.address);
  } else if (auto* declared = std::get_if<Declared>(&event)) {
    visit(declared->payload);
  } else if (auto* reported = std::get_if<session_event::Reported>(&event)) {
    visit(reported->topic);
    visit(reported->by.client_id);
    visit(reported->by.username);
    visit(reported->by.address);
  } else if (auto* taken = std::get_if<session_event::CommandTaken>(&event)) {
    visit(taken->device);
    visit(taken->message.topic);
    visit(taken->message.payload);
    visit(taken->message.properties);
  } else if (auto* subscribed = std::get_if<session_event::ClientSubscribed>(&event)) {
    visit(subscribed->client_id);
  } else if (auto* changed = std::get_if<session_event::PluginStateChanged>(&event)) {
    visit(changed->detail);
  }
}

}  // namespace rollcall
