// SPDX-License-Identifier: Apache-2.0
// The log of Mosquitto 2.0, the only place where it tells why a connection ended. With `log_dest topic` each
// line comes back by the plugin's read check, right before the disconnect that it is about.
//
// What stands in front of a line is up to `log_timestamp` and `log_timestamp_format`. So the plugin writes a
// line of its own and looks at how it comes back: in front of every other line stands a time of the same
// shape. Behind it the line is the broker's, whatever client ids are in there.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/cause.hpp"
#include "plugin/broker.hpp"

namespace rollcall::plugin {

class BrokerLog {
 public:
  /// `broker` must write at once when it is told to log: the plugin's own line is looked for meanwhile.
  explicit BrokerLog(Broker& broker) : broker_(broker) {}

  /// A line has come by a read check.
  void came(std::string_view line);

  /// Returns the last line that came since the call before; empty if none did.
  std::string take_line();

  /// Returns what `line` says about the end of this client's connection; nothing if it is about another one,
  /// or if it isn't known yet what stands in front of lines. Counts ends about which nothing was said.
  std::optional<Cause> cause_of_end(std::string_view line, std::string_view client_id);

  /// The bridge has subscribed to the log: from the next turn on lines must come. False: it has gone.
  void set_subscribed(bool subscribed);

  /// The broker has read its configuration anew.
  void reloaded();

  /// Writes the line of its own if one is due. Not from within access checks.
  void learn();

  /// What is missing, as far as is known.
  CauseLog state() const { return state_; }

 private:
  Broker& broker_;
  std::string last_line_;
  std::optional<std::string> time_;  // shape_of_time() of what stands in front of lines
  bool is_due_ = true;               // to write a line of its own, once any line has come
  bool is_writing_ = false;
  bool is_subscribed_ = false;
  bool has_seen_lines_ = false, has_read_an_end_ = false;
  std::size_t unread_ends_ = 0;
  CauseLog state_ = CauseLog::complete;
};

/// Returns the shape of a time as strftime writes it, so that two times in one format have the same:
/// 'd' for each run of digits, 'a' for each run of letters, and what else there is but blanks.
std::string shape_of_time(std::string_view time);

/// Returns what a line says about the end of this client's connection; nothing if it is about another one.
/// `time`: the shape of what stands in front of it.
std::optional<Cause> cause_of_log_line(std::string_view line, std::string_view client_id,
                                       std::string_view time);

}  // namespace rollcall::plugin
