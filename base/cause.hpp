// SPDX-License-Identifier: Apache-2.0
// Why a connection ended, and what follows from it (lifecycle.md, table "Causes"; docs/lifecycle.md here).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace rollcall {

/// The numbers are those of the event stream (docs/protocol.md): never reuse one.
enum class Cause : std::uint8_t {
  client_disconnect = 1,     ///< DISCONNECT packet, reason 0x00
  disconnect_with_will = 2,  ///< DISCONNECT packet, reason 0x04 (MQTT 5 section 3.14.2.1)
  connection_closed = 3,     ///< the TCP connection ended without a DISCONNECT
  keepalive_timeout = 4,     ///< no packet for 1.5 × keepalive (MQTT 3.1.1 section 3.1.2.10)
  taken_over = 5,            ///< the same client id connected again (section 3.1.4)
  kicked = 6,                ///< the broker's administrator
  not_authorized = 7,        ///< the broker withdrew the permission
  protocol_error = 8,        ///< malformed, oversize, receive maximum…
  broker_lost = 9,           ///< the broker stopped or stood still, or the link to it broke
  unknown = 10,              ///< the broker told no cause
};

/// Whether the log of Mosquitto 2.0, the only place where it tells causes, reaches the plugin. The numbers
/// are those of the event stream.
enum class CauseLog : std::uint8_t {
  complete = 1,  ///< as far as is known; or the broker tells causes by itself (2.1)
  none = 2,      ///< no line does
  no_ends = 3,   ///< lines do, but none about the end of a connection
};

std::optional<CauseLog> cause_log_from_number(std::uint8_t number);

/// Returns what is wrong and which line of mosquitto.conf sets it right; empty if it is complete.
std::string_view remedy_for(CauseLog log);

/// "client_disconnect", …: as in payloads, scenarios and configuration.
std::string_view to_string(Cause cause);

std::optional<Cause> cause_from_string(std::string_view name);
std::optional<Cause> cause_from_number(std::uint8_t number);

/// The table's column `graceful`: what a template without `graceful_causes` goes by.
/// `will_sent`: the broker sent the connection's will, as far as is known when the end is noticed.
bool is_graceful_by_default(Cause cause, bool will_sent);

/// How long the broker had already waited when it noticed the end (lifecycle rule 3): floor(1.5 × keepalive)
/// whole seconds for keepalive_timeout, else 0. `keepalive` is the agreed one; 0 means none. Never longer
/// than `since_last_packet`, the time since the last packet known of that connection.
Millis silence_of(Cause cause, Seconds keepalive, Millis since_last_packet);
/// The same, where nothing is known of its packets.
Seconds silence_of(Cause cause, Seconds keepalive);

}  // namespace rollcall
