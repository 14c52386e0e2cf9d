// SPDX-License-Identifier: Apache-2.0
#include "base/cause.hpp"

#include <algorithm>
#include <array>

namespace rollcall {
namespace {

constexpr std::array<std::string_view, 10> kNames{"client_disconnect", "disconnect_with_will",
                                                  "connection_closed", "keepalive_timeout",
                                                  "taken_over",        "kicked",
                                                  "not_authorized",    "protocol_error",
                                                  "broker_lost",       "unknown"};

}  // namespace

std::string_view to_string(Cause cause) { return kNames[static_cast<std::size_t>(cause) - 1]; }

std::optional<Cause> cause_from_string(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Cause>(i + 1);
  }
  return std::nullopt;
}

std::optional<Cause> cause_from_number(std::uint8_t number) {
  if (number < 1 || number > kNames.size()) return std::nullopt;
  return static_cast<Cause>(number);
}

std::optional<CauseLog> cause_log_from_number(std::uint8_t number) {
  constexpr auto kFirst = static_cast<std::uint8_t>(CauseLog::complete);
  constexpr auto kLast = static_cast<std::uint8_t>(CauseLog::no_ends);
  if (number < kFirst || number > kLast) return std::nullopt;
  return static_cast<CauseLog>(number);
}

std::string_view remedy_for(CauseLog log) {
  switch (log) {
    case CauseLog::complete:
      return {};
    case CauseLog::none:
      return "the broker's log doesn't reach the plugin, and Mosquitto 2.0 tells causes nowhere else: most "
             "are "
             "\"unknown\". Add to mosquitto.conf: log_dest topic, beside the other log_dest lines (where "
             "there "
             "are none, log_dest stderr too), and, where there are log_type lines, log_type notice. Then "
             "send "
             "the broker a SIGHUP";
    case CauseLog::no_ends:
      return "the broker's log has no line about ends of connections, and Mosquitto 2.0 tells causes nowhere "
             "else: most are \"unknown\". Set in mosquitto.conf: connection_messages true. Then send the "
             "broker a SIGHUP";
  }
  return {};
}

bool is_graceful_by_default(Cause cause, bool will_sent) {
  switch (cause) {
    case Cause::client_disconnect:
    case Cause::disconnect_with_will:
      return true;
    case Cause::connection_closed:
    case Cause::unknown:
      return !will_sent;
    case Cause::keepalive_timeout:
    case Cause::taken_over:
    case Cause::kicked:
    case Cause::not_authorized:
    case Cause::protocol_error:
    case Cause::broker_lost:
      return false;
  }
  return false;
}

Millis silence_of(Cause cause, Seconds keepalive, Millis since_last_packet) {
  return std::min<Millis>(silence_of(cause, keepalive), since_last_packet);
}

Seconds silence_of(Cause cause, Seconds keepalive) {
  return cause == Cause::keepalive_timeout ? keepalive * 3 / 2 : Seconds{0};
}

}  // namespace rollcall
