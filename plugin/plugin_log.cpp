// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_log.hpp"

#include <string>
#include <utility>

namespace rollcall::plugin {

void PluginLog::log_stall(const Stall& stall) {
  const auto seconds = [](Millis time) { return std::to_string((time.count() + 500) / 1000) + " s"; };
  if (stall.until > stall.from) {
    broker_.log(LogLevel::warning, "the broker stood still for " + seconds(stall.until - stall.from) +
                                       ": devices that it lost by that have outage_grace to come back; find "
                                       "out what held it up (a paused machine, a slow disk)");
  }
  if (stall.step != Millis{0}) {
    broker_.log(LogLevel::warning,
                std::string("the broker's wall clock was set ") +
                    (stall.step < Millis{0} ? "back by " + seconds(-stall.step)
                                            : "forward by " + seconds(stall.step)) +
                    ": devices that it disconnects for that have outage_grace to come back");
  }
}

void PluginLog::log_cause_log(CauseLog log) {
  if (log == CauseLog::complete || std::exchange(cause_log_, log) == log) return;
  broker_.log(LogLevel::warning, std::string(remedy_for(log)));
}

void PluginLog::log_retained_report(std::string_view prefix, std::string_view topic) {
  if (std::exchange(has_logged_retained_, true)) return;
  broker_.log(
      LogLevel::notice,
      "ignored a retained message on \"" + std::string(topic) +
          "\": it is no report, since a gateway may repeat old data like that. If this gateway publishes new "
          "data with the flag retain, set \"retained\": \"count\" in its rule with report_topic; on " +
          std::string(prefix) + "/report publish without the flag (logged once)");
}

void PluginLog::log_unreported(std::uint64_t count) {
  if (count == 0 || std::exchange(has_logged_unreported_, true)) return;
  broker_.log(LogLevel::warning,
              "ignored a client whose id has more than 1024 bytes, or its user name more than 4096: such "
              "clients are no devices (logged once)");
}

void PluginLog::log_refused(std::uint64_t count) {
  if (count == 0 || std::exchange(has_logged_refused_, true)) return;
  broker_.log(LogLevel::warning,
              "refused a request of the bridge, which is most likely of another version: deploy plugin and "
              "bridge of the same release (logged once)");
}

void PluginLog::log_dropped_reports(std::uint64_t count) {
  if (count == 0 || std::exchange(has_logged_dropped_, true)) return;
  broker_.log(
      LogLevel::warning,
      "dropped reports of a client that publishes on more topics of report_topic rules than 500 a second: "
      "find out what it is; restrict who may publish there, by username in the rule or by the broker's "
      "acl_file (logged once)");
}

void PluginLog::log_dropped_commands(std::uint64_t count, std::uint64_t devices) {
  if (count > 0 && !std::exchange(has_logged_dropped_commands_, true)) {
    broker_.log(LogLevel::warning,
                "couldn't keep a message for a device that is away: it has more than 64 KiB, its publisher "
                "sends more than 100 of them a second, or no bridge takes them (logged once)");
  }
  if (devices > 0 && !std::exchange(has_logged_left_out_, true)) {
    broker_.log(LogLevel::warning,
                "there is no room for the commands of more devices: messages to some are neither refused "
                "nor kept (logged once)");
  }
}

}  // namespace rollcall::plugin
