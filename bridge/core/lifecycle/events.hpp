// SPDX-License-Identifier: Apache-2.0
// What goes into the engine: plain values, already told apart by device (device_rules.hpp).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/cause.hpp"
#include "base/time.hpp"

namespace rollcall {

/// One MQTT connection, never just a client id: numbers don't repeat within a boot, boots don't repeat.
struct ConnectionId {
  std::uint32_t broker = 0;  ///< index into Config::brokers
  std::uint64_t boot = 0;    ///< drawn by the plugin when its broker starts
  std::uint64_t number = 0;  ///< counted by the plugin

  auto operator<=>(const ConnectionId&) const = default;
};

/// A connection of a device began.
struct ConnectionOpened {
  ConnectionId id;
  std::string_view device, template_name;  ///< template_name is defined in the configuration
  Time at;                                 ///< when it happened; not after the engine's `now`
  Seconds keepalive{0};                    ///< agreed with the broker; 0: none
  std::string_view client_id, username, address;
  std::uint8_t protocol = 0;  ///< 3 (MQTT 3.1), 4 (3.1.1), 5; 0: not known
};

/// It ended. One that the engine doesn't know, or that has ended already, changes nothing (rule 13).
/// At a takeover hand in the new connection first and then this end of the old one, cause taken_over: then
/// the device was never without a connection. As the end of a device's last connection taken_over is a
/// non-graceful one.
struct ConnectionEnded {
  ConnectionId id;
  Time at;
  Cause cause = Cause::unknown;
  bool will_sent = false;  ///< as far as is known by then
};

/// Data from a device (rules 1 and 6), by whatever way.
struct Reported {
  std::string_view device, template_name;
  Time at;
  std::string_view reporter{};  ///< the client id of who published it; empty: not known
};

/// The same from a connected device, by its own connection (rules 1 and 7). One that the engine doesn't know
/// changes nothing.
struct Active {
  ConnectionId id;
  Time at;
};

/// What a device says by its own connection about what it is going to do (rule 9): the message as it came.
/// The same one again, by its time, changes nothing.
struct Declared {
  ConnectionId id;
  Time at;
  std::string_view payload;
};

/// The link to a broker is down: whether it, or only the link, has gone isn't known yet. Its connections live
/// on (rule 14). Those of a device that is connected at another broker, or will be before this one is back,
/// are detached: they are attached again if it turns out that they outlived the others.
struct BrokerAway {
  std::uint32_t broker = 0;
};
/// It is back, with the boot that it had. What happened there meanwhile is handled next, then BrokerListed.
struct BrokerFound {
  std::uint32_t broker = 0;
};
/// All that happened there has been handled: a connection that hasn't ended lives.
struct BrokerListed {
  std::uint32_t broker = 0;
};
/// A broker that was known by another boot is back from an outage (rule 14). From now on the old boot's
/// connections are cut, and what is still told of them changes nothing.
struct BrokerReturned {
  std::uint32_t broker = 0;
  std::uint64_t boot = 0;  ///< the new one
  Time lost_at;            ///< all that happened there until then has been handled
  Time back_at;            ///< when the new boot began
};

/// It was away without an end, as it turned out later: it stood still, or (at one moment) its wall clock was
/// stepped (rule 14). ConnectionEnded by broker_lost up to `losses_until` is what came of it.
struct BrokerStoodStill {
  std::uint32_t broker = 0;
  Time from, until;  ///< all that happened there up to `from` has been handled
  Time losses_until;
};

/// An operator sets a status (rule 9). It stays until the next contact or, with `hold`, until it is released;
/// with `wait` the chain goes on from it after that time.
struct SetStatus {
  std::string_view device, status;
  std::optional<Millis> wait;
  bool hold = false;
};
/// Takes that back: the device enters the status that it would have by now without it.
struct ReleaseStatus {
  std::string_view device;
};
/// Forgets a device that isn't connected (rule 10).
struct ForgetDevice {
  std::string_view device;
};
/// Makes a device known that was never seen (rule 9): offline, and nothing comes next before its first
/// contact. It always has room.
struct RegisterDevice {
  std::string_view device, template_name;
};
/// Notifications about a device are held back until then, over restarts too.
struct MuteDevice {
  std::string_view device;
  std::optional<Time> until;  ///< nothing: until it is unmuted
};
/// They aren't any more. Of a device that isn't muted this changes nothing.
struct UnmuteDevice {
  std::string_view device;
};
/// What operators do. Views must outlive the call of Engine::apply.
using OperatorAction =
    std::variant<SetStatus, ReleaseStatus, ForgetDevice, RegisterDevice, MuteDevice, UnmuteDevice>;

/// Views must outlive the call of Engine::handle.
using Event = std::variant<ConnectionOpened, ConnectionEnded, Reported, Active, Declared, BrokerAway,
                           BrokerFound, BrokerListed, BrokerReturned, BrokerStoodStill>;

}  // namespace rollcall
