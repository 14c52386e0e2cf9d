// SPDX-License-Identifier: Apache-2.0
#include "plugin/disconnect_cause.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rollcall::plugin {
namespace {

// Objects, so that they are inlined where they are handed over: each end of a client has a line to be read.
constexpr auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\n'; };
constexpr auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
constexpr auto is_letter = [](char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
};

template <typename Belongs>
void take_run(std::string_view& text, Belongs belongs) {
  std::size_t size = 0;
  while (size < text.size() && belongs(text[size])) ++size;
  text.remove_prefix(size);
}

/// Takes the next part of a time from the front of `text`; '\0' if there is none.
char take_part(std::string_view& text) {
  // Some fields are padded with blanks (%e, %l), so these don't count.
  take_run(text, is_blank);
  if (text.empty()) return '\0';
  const char first = text.front();
  if (is_digit(first)) {
    take_run(text, is_digit);
    return 'd';
  }
  if (is_letter(first)) {
    take_run(text, is_letter);
    return 'a';
  }
  text.remove_prefix(1);
  return first == '+' ? '-' : first;  // the sign of %z changes
}

/// Returns what follows the time in front of a line; empty if that has another shape.
std::optional<std::string_view> without_time(std::string_view line, std::string_view shape) {
  for (const char part : shape) {
    if (take_part(line) != part) return std::nullopt;
  }
  // The broker puts ": " between.
  if (!shape.empty() && !line.starts_with(' ')) return std::nullopt;
  return shape.empty() ? line : line.substr(1);
}

}  // namespace

Cause cause_of_reason(int reason) {
  switch (reason) {
    case 0:
      return Cause::client_disconnect;
    case 7:   // MOSQ_ERR_CONN_LOST
    case 8:   // MOSQ_ERR_TLS
    case 14:  // MOSQ_ERR_ERRNO
      return Cause::connection_closed;
    case 19:   // MOSQ_ERR_KEEPALIVE
    case 141:  // MQTT_RC_KEEP_ALIVE_TIMEOUT
      return Cause::keepalive_timeout;
    case 142:  // MQTT_RC_SESSION_TAKEN_OVER
      return Cause::taken_over;
    case 152:  // MQTT_RC_ADMINISTRATIVE_ACTION
      return Cause::kicked;
    case 11:   // MOSQ_ERR_AUTH
    case 12:   // MOSQ_ERR_ACL_DENIED
    case 135:  // MQTT_RC_NOT_AUTHORIZED
      return Cause::not_authorized;
    case 2:    // MOSQ_ERR_PROTOCOL
    case 9:    // MOSQ_ERR_PAYLOAD_SIZE
    case 18:   // MOSQ_ERR_MALFORMED_UTF8
    case 21:   // MOSQ_ERR_MALFORMED_PACKET
    case 22:   // MOSQ_ERR_DUPLICATE_PROPERTY
    case 24:   // MOSQ_ERR_QOS_NOT_SUPPORTED
    case 25:   // MOSQ_ERR_OVERSIZE_PACKET
    case 129:  // MQTT_RC_MALFORMED_PACKET
    case 130:  // MQTT_RC_PROTOCOL_ERROR
    case 147:  // MQTT_RC_RECEIVE_MAXIMUM_EXCEEDED
    case 148:  // MQTT_RC_TOPIC_ALIAS_INVALID
    case 149:  // MQTT_RC_PACKET_TOO_LARGE
    case 154:  // MQTT_RC_RETAIN_NOT_SUPPORTED
    case 155:  // MQTT_RC_QOS_NOT_SUPPORTED
      return Cause::protocol_error;
    default:
      return Cause::unknown;
  }
}

std::string shape_of_time(std::string_view time) {
  std::string shape;
  while (const char part = take_part(time)) shape += part;
  return shape;
}

std::optional<Cause> cause_of_log_line(std::string_view line, std::string_view client_id,
                                       std::string_view time) {
  // The broker has cut a line of this length: a long id could choose where it ends.
  constexpr std::size_t kCutFromBytes = 990;
  if (line.size() >= kCutFromBytes) return std::nullopt;
  // An id may contain anything, also what looks like a line. So the whole line must match: the time and
  // nothing else in front of "Client", exactly this id, and an ending.
  const auto behind_time = without_time(line, time);
  if (!behind_time) return std::nullopt;
  line = *behind_time;
  const auto take = [&](std::string_view text) {
    if (!line.starts_with(text)) return false;
    line.remove_prefix(text.size());
    return true;
  };
  const bool is_bad_socket = take("Bad socket read/write on client ");
  if (!is_bad_socket && !take("Client ")) return std::nullopt;
  if (!take(client_id)) return std::nullopt;
  // A second ": " means that the line is about a client whose id begins with this one and ": ".
  if (is_bad_socket) {
    return take(": ") && line.find(": ") == std::string_view::npos ? std::optional(Cause::connection_closed)
                                                                   : std::nullopt;
  }
  constexpr std::array<std::pair<std::string_view, Cause>, 11> kEndings{{
      {" disconnected.", Cause::client_disconnect},
      {" closed its connection.", Cause::connection_closed},
      {" has exceeded timeout, disconnecting.", Cause::keepalive_timeout},
      {" disconnected, not authorised.", Cause::not_authorized},
      {" been disconnected by administrative action.", Cause::kicked},
      {" disconnected due to malformed packet.", Cause::protocol_error},
      {" disconnected due to protocol error.", Cause::protocol_error},
      {" disconnected due to oversize packet.", Cause::protocol_error},
      {" disconnected due to oversize payload.", Cause::protocol_error},
      {" disconnected due to QoS too high or retain not supported.", Cause::protocol_error},
      {" disconnected due to using not allowed feature (QoS too high, retain not supported, or bad AUTH "
       "method).",
       Cause::protocol_error},
  }};
  for (const auto& [ending, cause] : kEndings) {
    if (line == ending) return cause;
  }
  // As in "disconnected: Connection reset by peer.", but not if the line is about a client with the id
  // "a disconnected: b".
  if (!take(" disconnected: ") || line.find(": ") != std::string_view::npos ||
      line.ends_with(" disconnected due to out of memory.") ||
      line.ends_with(" already connected, closing old connection.")) {
    return std::nullopt;
  }
  const bool is_longer_id = std::any_of(kEndings.begin(), kEndings.end(),
                                        [&](const auto& each) { return line.ends_with(each.first); });
  return is_longer_id ? std::nullopt : std::optional(Cause::connection_closed);
}

}  // namespace rollcall::plugin
