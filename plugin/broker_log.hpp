// SPDX-License-Identifier: Apache-2.0
// Reads the log of Mosquitto 2.0, the only place where it says why a connection ended. With `log_dest topic`
// each line reaches the plugin as an access check of whoever reads the log, right before the disconnect that
// it is about. Runs on the broker's thread.
//
// In front of a line is a time, in a format that `log_timestamp_format` sets. To learn it, the plugin writes
// a line of its own, the probe, and looks at how it comes back: all other lines have a time of the same shape
// in front. What follows the time is written by the broker, whatever client ids are in it.
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
  /// `broker` must write at once when it is told to log: the probe must come back meanwhile.
  explicit BrokerLog(Broker& broker) : broker_(broker) {}

  /// A line has come, by a read check.
  void line_came(std::string_view line);

  /// Returns the last line that came since the call before; empty if none did.
  std::string take_line();

  /// Returns what `line` says about the end of this client's connection; empty if it is about something else,
  /// or if the format of times isn't known. Each end without a line counts towards state().
  std::optional<Cause> cause_of_end(std::string_view line, std::string_view client_id);

  /// True: the bridge has subscribed to the log, so lines must come from now on. False: it has gone.
  void set_subscribed(bool subscribed);

  /// The broker has read its configuration anew.
  void reloaded();

  /// Writes the probe if one is due. Not from within access checks.
  void write_probe();

  /// Returns whether causes can be known, and if not, what is missing in the log.
  CauseLog state() const { return state_; }

 private:
  Broker& broker_;
  std::string last_line_;
  std::optional<std::string> time_;  // shape_of_time() of what is in front of lines
  bool probe_is_due_ = true;         // once any line has come
  bool is_probing_ = false;
  bool is_subscribed_ = false;
  bool has_seen_lines_ = false, has_read_an_end_ = false;
  std::size_t unread_ends_ = 0;
  CauseLog state_ = CauseLog::complete;
};

}  // namespace rollcall::plugin
