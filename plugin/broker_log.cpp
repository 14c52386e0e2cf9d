// SPDX-License-Identifier: Apache-2.0
#include "plugin/broker_log.hpp"

#include <utility>

#include "plugin/disconnect_cause.hpp"

namespace rollcall::plugin {
namespace {

constexpr const char* kProbe = "causes of disconnects are read from this log";

}  // namespace

void BrokerLog::line_came(std::string_view line) {
  has_seen_lines_ = true;
  if (!is_probing_) {
    last_line_ = line;
    return;
  }
  const auto probe = std::string(kLogName) + kProbe;
  if (!line.ends_with(probe)) return;
  line.remove_suffix(probe.size());
  if (line.empty() || line.ends_with(": ")) time_ = shape_of_time(line);
}

std::string BrokerLog::take_line() { return std::exchange(last_line_, {}); }

std::optional<Cause> BrokerLog::cause_of_end(std::string_view line, std::string_view client_id) {
  // Some ends have no line anyway: by a plugin's kick, of websockets when the broker stops.
  constexpr std::size_t kEndsWithoutLine = 3;
  if (!time_) return std::nullopt;
  const auto cause = cause_of_log_line(line, client_id, *time_);
  if (cause) {
    has_read_an_end_ = true;
    state_ = CauseLog::complete;
  } else if (is_subscribed_ && !has_read_an_end_ && ++unread_ends_ >= kEndsWithoutLine) {
    state_ = CauseLog::no_ends;
  }
  return cause;
}

void BrokerLog::set_subscribed(bool subscribed) {
  is_subscribed_ = subscribed;
  unread_ends_ = 0;
  probe_is_due_ = probe_is_due_ || !time_;
}

void BrokerLog::reloaded() {
  probe_is_due_ = true;
  time_.reset();
  has_read_an_end_ = false;
  unread_ends_ = 0;
}

void BrokerLog::write_probe() {
  // Without a reader nothing comes back, and the probe would only confuse people.
  if (!probe_is_due_ || !(is_subscribed_ || has_seen_lines_)) return;
  probe_is_due_ = false;
  is_probing_ = true;
  broker_.log(LogLevel::notice, kProbe);
  is_probing_ = false;
  if (!time_ && is_subscribed_) state_ = CauseLog::none;
  if (time_ && state_ == CauseLog::none) state_ = CauseLog::complete;
}

}  // namespace rollcall::plugin
