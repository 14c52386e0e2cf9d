// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_log.hpp"

#include <string>
#include <utility>

namespace rollcall::plugin {

void PluginLog::log_stall(const Stall& stall) {
  const auto seconds = [](Millis time) { return std::to_string((time.count() + 500) / 1000) + " s"; };
  if (stall.until > stall.from) {
    broker_.log(LogLevel::warning, "the broker stood still for " + seconds(stall.until - stall.from) +
                                       ": devices whose keepalive ran out meanwhile have time to come back");
  }
  if (stall.step != Millis{0}) {
    broker_.log(LogLevel::warning, std::string("the broker's wall clock was set ") +
                                       (stall.step < Millis{0} ? "back by " + seconds(-stall.step)
                                                               : "forward by " + seconds(stall.step)) +
                                       ": devices that it throws out over that have time to come back");
  }
}

void PluginLog::log_cause_log(CauseLog log) {
  if (log == CauseLog::complete || std::exchange(cause_log_, log) == log) return;
  broker_.log(LogLevel::warning, std::string(remedy_for(log)));
}

void PluginLog::log_retained_report(std::string_view prefix, std::string_view topic) {
  if (std::exchange(has_logged_retained_, true)) return;
  broker_.log(LogLevel::notice,
              "a message with the flag retain is no report: it may be an old one that a gateway repeats. If "
              "the gateway publishes new data with that flag, give its rule with report_topic \"retained\": "
              "\"count\"; on " +
                  std::string(prefix) + "/report publish without it (said once; the topic was " +
                  std::string(topic) + ")");
}

void PluginLog::log_unreported(std::uint64_t count) {
  if (count == 0 || std::exchange(has_logged_unreported_, true)) return;
  broker_.log(LogLevel::warning,
              "a client id has more than 1024 bytes, or a user name more than 4096: such clients are no "
              "devices and are not reported (said once)");
}

void PluginLog::log_refused(std::uint64_t count) {
  if (count == 0 || std::exchange(has_logged_refused_, true)) return;
  broker_.log(LogLevel::warning,
              "a request of the bridge was refused: is it of another version? (said once)");
}

}  // namespace rollcall::plugin
