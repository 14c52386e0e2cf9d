// SPDX-License-Identifier: Apache-2.0
#include "plugin/broker_log.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rollcall::plugin {
namespace {

constexpr const char* kOwnLine = "causes of disconnects are read from this log";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

/// Takes the next part of a time from the front of `text`; '\0' if there is none.
char take_part(std::string_view& text) {
  // Some fields are padded with blanks (%e, %l), so these don't count.
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
  if (text.empty()) return '\0';
  const char first = text.front();
  const auto take_run = [&](bool (*belongs)(char)) {
    text.remove_prefix(
        static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), belongs) - text.begin()));
  };
  if (is_digit(first)) {
    take_run(is_digit);
    return 'd';
  }
  if (is_letter(first)) {
    take_run(is_letter);
    return 'a';
  }
  text.remove_prefix(1);
  return first == '+' ? '-' : first;  // of %z
}

/// Returns the line behind the time in front of it; nothing if that has another shape.
std::optional<std::string_view> without_time(std::string_view line, std::string_view shape) {
  for (const char part : shape) {
    if (take_part(line) != part) return std::nullopt;
  }
  // The broker puts ": " between.
  if (!shape.empty() && !line.starts_with(' ')) return std::nullopt;
  return shape.empty() ? line : line.substr(1);
}

}  // namespace

std::string shape_of_time(std::string_view time) {
  std::string shape;
  while (const char part = take_part(time)) shape += part;
  return shape;
}

void BrokerLog::came(std::string_view line) {
  has_seen_lines_ = true;
  if (!is_writing_) {
    last_line_ = line;
    return;
  }
  const auto own = std::string(kLogName) + kOwnLine;
  if (!line.ends_with(own)) return;
  line.remove_suffix(own.size());
  if (line.empty() || line.ends_with(": ")) time_ = shape_of_time(line);
}

std::string BrokerLog::take_line() { return std::exchange(last_line_, {}); }

std::optional<Cause> BrokerLog::cause_of_end(std::string_view line, std::string_view client_id) {
  // Of a few ends the broker says nothing anyway: a plugin's kick, a websocket's end when it stops.
  constexpr std::size_t kEndsToTell = 3;
  if (!time_) return std::nullopt;
  const auto cause = cause_of_log_line(line, client_id, *time_);
  if (cause) {
    has_read_an_end_ = true;
    state_ = CauseLog::complete;
  } else if (is_subscribed_ && !has_read_an_end_ && ++unread_ends_ >= kEndsToTell) {
    state_ = CauseLog::no_ends;
  }
  return cause;
}

void BrokerLog::set_subscribed(bool subscribed) {
  is_subscribed_ = subscribed;
  unread_ends_ = 0;
  is_due_ = is_due_ || !time_;
}

void BrokerLog::reloaded() {
  is_due_ = true;
  time_.reset();
  has_read_an_end_ = false;
  unread_ends_ = 0;
}

void BrokerLog::learn() {
  // Without a reader nothing comes back, and the line would be there for nobody.
  if (!is_due_ || !(is_subscribed_ || has_seen_lines_)) return;
  is_due_ = false;
  is_writing_ = true;
  broker_.log(LogLevel::notice, kOwnLine);
  is_writing_ = false;
  if (!time_ && is_subscribed_) state_ = CauseLog::none;
  if (time_ && state_ == CauseLog::none) state_ = CauseLog::complete;
}

std::optional<Cause> cause_of_log_line(std::string_view line, std::string_view client_id,
                                       std::string_view time) {
  // A line as long as the broker's buffer was cut, and could end where an id wants it to.
  constexpr std::size_t kCutFromBytes = 990;
  if (line.size() >= kCutFromBytes) return std::nullopt;
  // The id may contain anything, so all of the line must fit: what is in front of "Client" is the time, no
  // more and no less, or else an id in another line of the broker's could begin one.
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
  // Of the client "a: b" the line would have a second one.
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
  // "disconnected: Connection reset by peer.", but not the end of a client that is called "a disconnected:
  // b".
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
