// SPDX-License-Identifier: Apache-2.0
#include "plugin/report_log.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::plugin {

void ReportLog::note(std::string_view topic, const ClientFacts& by, Millis at, RateLimit& of_publisher) {
  const auto known = number_of_.find(topic);
  auto report = known == number_of_.end() ? reports_.end() : reports_.find(known->second);
  const bool is_new = report == reports_.end();
  const bool is_pending = !is_new && report->second.is_pending;
  if (!is_pending && of_publisher.next(kReportRate, at) > at + kLongestReportWait) {
    ++dropped_;
    return;
  }
  if (is_new) {
    report = reports_.emplace_hint(reports_.end(), ++last_number_, Report{});
    report->second.topic = topic;
    number_of_.emplace(report->second.topic, report->first);
  } else {
    bytes_ -= bytes_of(report->second);
  }
  auto& what = report->second;
  if (what.client_id != by.client_id) what.client_id = by.client_id;
  if (what.username != by.username) what.username = by.username;
  if (what.address != by.address) what.address = by.address;
  what.at = at;
  bytes_ += bytes_of(what);
  if (!std::exchange(what.is_pending, true)) {
    const auto allowed = of_publisher.take(kReportRate, at);
    what.is_held = allowed > at;
    what.due = std::max(what.earliest, allowed);
    if (what.due > at) {
      due_.emplace(what.due, report->first);
    } else {
      emit(report, at);
    }
  }
  while (reports_.size() > kMaxReportTopics || bytes_ > kMaxReportBytes) forget_oldest(at);
}

void ReportLog::emit(Table::iterator report, Millis now) {
  auto node = reports_.extract(report);
  node.key() = ++last_number_;
  auto& what = node.mapped();
  what.is_pending = false;
  what.earliest = now + kReportInterval;
  number_of_.find(what.topic)->second = last_number_;
  emit_(record_of(last_number_, what));
  reports_.insert(reports_.end(), std::move(node));
}

void ReportLog::emit_due(Millis now, std::size_t most) {
  for (; most > 0 && !due_.empty() && due_.begin()->first <= now; --most) {
    const auto report = reports_.find(due_.begin()->second);
    due_.erase(due_.begin());
    emit(report, now);
  }
}

void ReportLog::forget_oldest(Millis now) {
  const auto oldest = reports_.begin();
  if (oldest->second.is_pending) {
    due_.erase({oldest->second.due, oldest->first});
    if (!oldest->second.is_held) {
      // That makes it the newest one; the caller tries again with the one that is the oldest then. It comes
      // to an end, since each call leaves one pending report fewer.
      emit(oldest, now);
      return;
    }
    ++dropped_;
  }
  bytes_ -= bytes_of(oldest->second);
  number_of_.erase(oldest->second.topic);
  reports_.erase(oldest);
}

std::uint64_t ReportLog::emit_from(std::uint64_t number,
                                   const std::function<bool(std::size_t bytes)>& has_room) const {
  for (auto report = reports_.upper_bound(number); report != reports_.end(); ++report) {
    if (!has_room(bytes_of(report->second))) return number;
    emit_(record_of(report->first, report->second));
    number = report->first;
  }
  return last_number_;
}

std::size_t ReportLog::bytes_of(const Report& report) {
  constexpr std::size_t kNodes = 416;  // map, set and hash nodes, string headers: rounded up
  return kNodes + report.topic.size() + report.client_id.size() + report.username.size() +
         report.address.size();
}

stream::Reported ReportLog::record_of(std::uint64_t number, const Report& report) {
  return {number, report.at, report.topic, report.client_id, report.username, report.address};
}

}  // namespace rollcall::plugin
