// SPDX-License-Identifier: Apache-2.0
// The lines that the running plugin writes to the broker's log. A state is logged once, when it begins.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/cause.hpp"
#include "plugin/broker.hpp"
#include "plugin/stall_detector.hpp"

namespace rollcall::plugin {

class PluginLog {
 public:
  /// `broker` must outlive it.
  explicit PluginLog(Broker& broker) : broker_(broker) {}

  void log_stall(const Stall& stall);

  /// Logs which setting is missing if `log` isn't complete and this is new.
  void log_cause_log(CauseLog log);

  /// Logs that a retained message on `topic` doesn't count as a report. Once.
  void log_retained_report(std::string_view prefix, std::string_view topic);
  bool has_logged_retained_report() const { return has_logged_retained_; }

  /// Log the first client that isn't reported, the first refused request, the first dropped report. `count`:
  /// so far.
  void log_unreported(std::uint64_t count);
  void log_refused(std::uint64_t count);
  void log_dropped_reports(std::uint64_t count);
  /// The first message to a device that couldn't be kept; the first device for which there was no room.
  void log_dropped_commands(std::uint64_t count, std::uint64_t devices);

 private:
  Broker& broker_;
  CauseLog cause_log_ = CauseLog::complete;  // the last one that wasn't complete
  bool has_logged_retained_ = false, has_logged_unreported_ = false, has_logged_refused_ = false;
  bool has_logged_dropped_ = false, has_logged_dropped_commands_ = false, has_logged_left_out_ = false;
};

}  // namespace rollcall::plugin
