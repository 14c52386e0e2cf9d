// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_history.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace rollcall {
namespace {

std::int64_t stored(Time time, Millis row_clock) { return (time - row_clock).time_since_epoch().count(); }

}  // namespace

std::int64_t days_of(Millis row_clock) { return std::chrono::round<std::chrono::days>(row_clock).count(); }

std::int64_t day_of(Time time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

HistoryWriter::HistoryWriter(Database& database)
    : database_(database),
      last_batch_(database, "SELECT last_batch FROM meta"),
      count_(database,
             "INSERT INTO disconnects (device, day, count) VALUES (?, ?, ?) "
             "ON CONFLICT (device, day) DO UPDATE SET count = count + excluded.count"),
      forget_(database, "DELETE FROM disconnects WHERE device = ?"),
      sample_(database,
              "INSERT INTO fleet_history (at, template, status, count) VALUES (?, ?, ?, ?) "
              "ON CONFLICT (at, template, status) DO UPDATE SET count = excluded.count"),
      old_samples_(database, "DELETE FROM fleet_history WHERE at < ?"),
      looked_at_(database,
                 "SELECT device, day FROM disconnects WHERE (device, day) > (?, ?) ORDER BY device, day "
                 "LIMIT ?"),
      drop_count_(database, "DELETE FROM disconnects WHERE device = ? AND day = ?") {}

bool HistoryWriter::is_new(const StoreBatch& batch) {
  const auto last = last_batch_.step() ? last_batch_.number(0) : 0;
  last_batch_.reset();
  return static_cast<std::int64_t>(batch.number) > last;
}

void HistoryWriter::forget(std::string_view device) {
  forget_.bind(1, device);
  forget_.run();
}

void HistoryWriter::add_disconnects(const StoreBatch& batch) {
  const auto clock_days = days_of(batch.row_clock);
  for (const ContactFacts& facts : batch.facts) {
    for (const auto& [day, count] : facts.disconnects) {
      count_.bind(1, facts.device);
      count_.bind(2, day - clock_days);
      count_.bind(3, static_cast<std::int64_t>(count));
      count_.run();
    }
  }
}

void HistoryWriter::add_samples(const StoreBatch& batch) {
  for (const FleetSample& sample : batch.fleet) add_sample(sample, batch.row_clock);
}

/// Without statuses that nobody is in; but a sample is there, even where no device is.
void HistoryWriter::add_sample(const FleetSample& sample, Millis row_clock) {
  const auto add = [&](const std::string& template_name, const std::string& status, std::uint64_t count) {
    sample_.bind(1, stored(sample.at, row_clock));
    sample_.bind(2, template_name);
    sample_.bind(3, status);
    sample_.bind(4, static_cast<std::int64_t>(count));
    sample_.run();
  };
  bool is_anybody_there = false;
  for (const auto& [template_name, statuses] : sample.templates) {
    for (const auto& [status, count] : statuses) {
      if (count == 0) continue;
      add(template_name, status, count);
      is_anybody_there = true;
    }
  }
  if (is_anybody_there || sample.templates.empty()) return;
  const auto& [template_name, statuses] = *sample.templates.begin();
  if (!statuses.empty()) add(template_name, statuses.begin()->first, 0);
}

void HistoryWriter::drop_future(const StoreBatch& batch) {
  if (!batch.no_rows_after) return;
  Statement samples(database_, "DELETE FROM fleet_history WHERE at > ?");
  samples.bind(1, stored(*batch.no_rows_after, batch.row_clock));
  samples.run();
  Statement counts(database_, "DELETE FROM disconnects WHERE day > ?");
  counts.bind(1, day_of(*batch.no_rows_after) - days_of(batch.row_clock));
  counts.run();
}

void HistoryWriter::drop_old(const StoreBatch& batch) {
  if (batch.drop_samples_before != Time::min() && !batch.fleet.empty()) {
    old_samples_.bind(1, stored(batch.drop_samples_before, batch.row_clock));
    old_samples_.run();
  }
  if (batch.drop_disconnects_before == Time::min()) return;
  drop_old_disconnects(day_of(batch.drop_disconnects_before) - days_of(batch.row_clock));
}

// Round and round, some with each batch: an index by day would cost as much as the counts.
void HistoryWriter::drop_old_disconnects(std::int64_t before_day) {
  std::vector<std::pair<std::string, std::int64_t>> old;
  std::size_t seen = 0;
  std::string device = looked_at_device_;  // a parameter isn't copied
  looked_at_.bind(1, device);
  looked_at_.bind(2, looked_at_day_);
  looked_at_.bind(3, static_cast<std::int64_t>(kCountsLookedAt));
  while (looked_at_.step()) {
    ++seen;
    looked_at_device_ = looked_at_.text(0);
    looked_at_day_ = looked_at_.number(1);
    if (looked_at_day_ < before_day) old.emplace_back(looked_at_device_, looked_at_day_);
  }
  if (seen < kCountsLookedAt) looked_at_device_.clear();
  for (const auto& [name, day] : old) {
    drop_count_.bind(1, name);
    drop_count_.bind(2, day);
    drop_count_.run();
  }
}

}  // namespace rollcall
