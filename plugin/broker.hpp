// SPDX-License-Identifier: Apache-2.0
// What the plugin needs from the broker, as a port: plugin/mosquitto has the real one, tests have a fake.
// Everything here and in this room runs on the broker's one thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "topics/protocol/command.hpp"

namespace rollcall::plugin {

/// In front of the topics on which the broker publishes its own log.
inline constexpr std::string_view kBrokerLog = "$SYS/broker/log/";

inline bool is_broker_log(std::string_view topic) { return topic.starts_with(kBrokerLog); }
/// The same, without measuring the topic: for every message.
inline bool is_broker_log(const char* topic) {
  return std::strncmp(topic, kBrokerLog.data(), kBrokerLog.size()) == 0;
}

/// In front of each of the plugin's lines in the broker's log.
inline constexpr std::string_view kLogName = "rollcall: ";

/// The address of the broker's record of a client. It is only compared, or handed back to Broker: the record
/// may be freed, and the address used again.
using ClientHandle = const void*;

enum class LogLevel { info, notice, warning, error };

/// What the broker knows of a client, copied. Ids and user names beyond kMaxReportedIdBytes and
/// kMaxReportedUsernameBytes (device_permissions.hpp) may be cut one byte behind that limit: such clients are
/// no devices, so it is enough that they can't be taken for one.
struct ClientFacts {
  std::string client_id, username, address;
  bool has_username = false;
  std::uint8_t protocol = 0;    ///< 3 (MQTT 3.1), 4 (3.1.1), 5
  std::uint16_t keepalive = 0;  ///< seconds, as agreed so far; 0: none
  bool clean_session = true;
};

/// What is kept of a message's MQTT 5 properties.
struct MessageProperties {
  std::uint32_t expires_after = 0;  ///< seconds; 0: it doesn't expire
  std::string others;               ///< as CommandMessage::properties
};

class Broker {
 public:
  virtual ~Broker() = default;

  /// `client` must be one that the broker still has: in a callback about it, or before its disconnect was
  /// seen.
  virtual ClientFacts facts(ClientHandle client) const = 0;

  /// Queues a message for all subscribers; the broker sends it in its next turn. Returns false if the broker
  /// refused it.
  virtual bool publish(std::string_view topic, std::string_view payload, int qos, bool retain) = 0;

  /// Likewise a command that was kept: not retained, with its properties.
  virtual bool publish_command(const CommandMessage& message) = 0;

  /// `properties`: as the broker gave it to the callback that is running; nullptr: there are none. Brokers
  /// that don't let plugins read them give nothing.
  virtual MessageProperties properties(const void* properties) const = 0;

  /// The monotonic clock, which begins anywhere.
  virtual Millis monotonic() const = 0;

  /// The wall clock, which begins anywhere: it only shows whether somebody sets it.
  virtual Millis wall() const = 0;

  /// How long the broker takes at most to notice that a keepalive has run out.
  virtual Millis keepalive_sweep() const = 0;

  /// Writes a line to the broker's log, behind kLogName. Not from within access checks: with `log_dest topic`
  /// a line comes back as one.
  virtual void log(LogLevel level, const std::string& line) = 0;
};

}  // namespace rollcall::plugin
