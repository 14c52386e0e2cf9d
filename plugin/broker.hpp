// SPDX-License-Identifier: Apache-2.0
// What the plugin's core needs from the broker, as a port: plugin/mosquitto has the real one, tests have a
// fake. Everything here and in the core runs on the broker's one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace rollcall::plugin {

/// Where the broker publishes its own log.
inline constexpr std::string_view kBrokerLog = "$SYS/broker/log/";

/// The broker's record of a client, by address. Only ever compared, or handed back to Broker; it may be
/// freed.
using ClientHandle = const void*;

/// In front of each of the plugin's lines in the broker's log.
inline constexpr std::string_view kLogName = "rollcall: ";

enum class LogLevel { info, notice, warning, error };

/// What the broker knows of a connected client, copied. Ids and user names that are too long to be reported
/// (observer.hpp) may be cut one byte behind that limit: those clients are nobody's device, so it is enough
/// that they can't be taken for one.
struct ClientFacts {
  std::string client_id, username, address;
  bool has_username = false;
  std::uint8_t protocol = 0;    ///< 3, 4 or 5
  std::uint16_t keepalive = 0;  ///< seconds, as agreed by then
  bool clean_session = true;
};

class Broker {
 public:
  virtual ~Broker() = default;

  /// `client` must be one that the broker still has: in a callback about it, or before its disconnect was
  /// seen.
  virtual ClientFacts facts(ClientHandle client) const = 0;

  /// Queues a message for all subscribers; the broker sends it at its next turn. False: the broker refused
  /// it.
  virtual bool publish(std::string_view topic, std::string_view payload, int qos, bool retain) = 0;

  /// Monotonic, from any start.
  virtual Millis monotonic() const = 0;

  /// The wall clock, from any start: only to see whether it is stepped.
  virtual Millis wall() const = 0;

  /// How long after any moment it may still find keepalives that had run out by then.
  virtual Millis keepalive_sweep() const = 0;

  /// Writes to the broker's log, behind kLogName. Never called inside ACL checks: with `log_dest topic` a
  /// line comes back as one.
  virtual void log(LogLevel level, const std::string& line) = 0;
};

}  // namespace rollcall::plugin
