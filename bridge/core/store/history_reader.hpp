// SPDX-License-Identifier: Apache-2.0
// The port to what the store keeps of the past: timelines, what is known of each device, counts of the fleet.
// It may be a little behind the bridge, which hands over each 20 ms what has changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "bridge/core/lifecycle/records.hpp"
#include "bridge/core/store/notification_records.hpp"

namespace rollcall {

/// When what happened to a device; empty: never, or not known.
struct DeviceFacts {
  std::optional<Time> first_contact, last_connect, last_disconnect, last_report;
  /// Disconnects that were the device's own: not by outages of a broker (rule 14), nor ignored blips (rule
  /// 16).
  std::uint64_t disconnects_today = 0;    ///< since midnight, UTC
  std::uint64_t disconnects_30_days = 0;  ///< today and the 29 days before
  bool operator==(const DeviceFacts&) const = default;
};

/// One thread at a time. The error of each says what can't be read; nothing is thrown.
class HistoryReader {
 public:
  virtual ~HistoryReader() = default;

  /// The latest rows that are shown below `before_seq` (empty: all), the newest first, at most `limit`.
  virtual Result<std::vector<TimelineEntry>> timeline(std::string_view device,
                                                      std::optional<std::uint64_t> before_seq,
                                                      std::size_t limit) = 0;
  /// The changes of status from `from` up to before `to`, hidden ones too, oldest first; and before them, if
  /// there is one, the last one before `from`. Of more than kMostTransitions the latest.
  static constexpr std::size_t kMostTransitions = 100'000;
  virtual Result<std::vector<TimelineEntry>> transitions(std::string_view device, Time from, Time to) = 0;
  virtual Result<DeviceFacts> facts(std::string_view device, Time now) = 0;
  /// Of each `step` from `from` up to `to` the last sample that was taken by its end, if any was taken within
  /// the step.
  virtual Result<std::vector<FleetSample>> fleet_history(Time from, Time to, Millis step) = 0;
  /// The latest notifications with a number below `before` (empty: all), each with all of its deliveries, the
  /// newest first, at most `limit`.
  virtual Result<std::vector<NotificationEntry>> notifications(const NotificationFilter& filter,
                                                               std::optional<std::uint64_t> before,
                                                               std::size_t limit) = 0;
  /// The latest incidents with a number below `before` (empty: all), the newest first, at most `limit`.
  virtual Result<std::vector<IncidentEntry>> incidents(std::optional<std::uint64_t> before,
                                                       std::size_t limit) = 0;
  /// One notification; empty: there is none with this id.
  virtual Result<std::optional<NotificationEntry>> notification(std::string_view id) = 0;
};

}  // namespace rollcall
