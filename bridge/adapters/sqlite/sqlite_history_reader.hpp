// SPDX-License-Identifier: Apache-2.0
// Reads the past out of a SQLite store that the bridge of this process writes meanwhile, by a connection of
// its own that stays open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/core/store/history_reader.hpp"

namespace rollcall {

class SqliteHistoryReader final : public HistoryReader {
 public:
  /// Opens nothing yet: the first call does, and again each call after one that failed. `path` needn't lead
  /// to a store by then.
  explicit SqliteHistoryReader(std::string path);
  ~SqliteHistoryReader() override;

  Result<std::vector<TimelineEntry>> timeline(std::string_view device,
                                              std::optional<std::uint64_t> before_seq,
                                              std::size_t limit) override;
  Result<std::vector<TimelineEntry>> transitions(std::string_view device, Time from, Time to) override;
  Result<DeviceFacts> facts(std::string_view device, Time now) override;
  /// An error too if `step` isn't positive.
  Result<std::vector<FleetSample>> fleet_history(Time from, Time to, Millis step) override;
  Result<std::vector<NotificationEntry>> notifications(const NotificationFilter& filter,
                                                       std::optional<std::uint64_t> before,
                                                       std::size_t limit) override;
  Result<std::vector<IncidentEntry>> incidents(std::optional<std::uint64_t> before,
                                               std::size_t limit) override;
  Result<std::optional<NotificationEntry>> notification(std::string_view id) override;

 private:
  class Reading;
  template <typename Read>
  auto read(const Read& what) -> Result<decltype(what(std::declval<Reading&>()))>;

  std::string path_;
  std::unique_ptr<Reading> reading_;  // nothing: not open
};

}  // namespace rollcall
