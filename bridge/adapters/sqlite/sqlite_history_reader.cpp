// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_history_reader.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "bridge/adapters/sqlite/sqlite.hpp"
#include "bridge/adapters/sqlite/sqlite_columns.hpp"
#include "bridge/adapters/sqlite/sqlite_history.hpp"
#include "bridge/adapters/sqlite/sqlite_records.hpp"
#include "bridge/adapters/sqlite/sqlite_schema.hpp"

namespace rollcall {
namespace {

constexpr std::int64_t kDaysCounted = 30;
constexpr std::int64_t kBehindAll = std::numeric_limits<std::int64_t>::max();

/// What is beyond all that is stored stands for it: sums with it might overflow.
std::int64_t stored(Time time, Millis row_clock) {
  constexpr Millis kFarthest = std::chrono::days{366 * 10'000};
  return (std::clamp(time, Time{-kFarthest}, Time{kFarthest}) - row_clock).time_since_epoch().count();
}

std::int64_t limit_of(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int32_t>::max()));
}

/// Closing any other file handle on it would drop the locks of the connection that writes: so what it is is
/// asked by SQLite alone.
Database open(const std::string& path) {
  auto database = Database::to_watch(path);
  const auto version = database.number("PRAGMA user_version");
  const auto known = static_cast<std::int64_t>(store_steps().size());
  if (database.number("PRAGMA application_id") != kStoreApplicationId)
    throw SqliteFailure(SQLITE_ERROR, "it is no store");
  if (version != known)
    throw SqliteFailure(SQLITE_SCHEMA, fmt::format("it has version {}, and not {}", version, known));
  return database;
}

}  // namespace

/// An open store.
class SqliteHistoryReader::Reading {
 public:
  explicit Reading(const std::string& path)
      : database_(open(path)),
        clock_(database_, "SELECT row_clock FROM meta"),
        transitions_(
            database_,
            select_rows("WHERE device = ?1 AND seq < ?2 AND kind <> 'blip' ORDER BY seq DESC LIMIT ?3")),
        newest_shown_(
            database_,
            select_rows("WHERE device = ?1 AND seq < ?2 AND is_hidden = 0 ORDER BY seq DESC LIMIT ?3")),
        ends_(database_, "SELECT min(seq), max(seq) FROM timeline WHERE device = ?"),
        from_seq_(database_,
                  "SELECT seq, at FROM timeline WHERE device = ?1 AND seq >= ?2 ORDER BY seq LIMIT 1"),
        facts_(database_,
               "SELECT device, first_contact, last_connect, last_disconnect, last_report FROM device WHERE "
               "device = ? AND is_forgotten = 0"),
        disconnects_(
            database_,
            "SELECT device, day, count FROM disconnects WHERE device = ?1 AND day >= ?2 AND day <= ?3"),
        fleet_(database_,
               "SELECT at, template, status, count FROM fleet_history WHERE at IN (SELECT max(at) FROM "
               "fleet_history WHERE at >= ?1 AND at < ?2 GROUP BY (at - ?1) / ?3) ORDER BY at") {}

  bool has_moved() const { return database_.has_moved(); }

  std::vector<TimelineEntry> timeline(std::string_view device, std::optional<std::uint64_t> before_seq,
                                      std::size_t limit) {
    constexpr auto kHighest = static_cast<std::uint64_t>(kBehindAll);
    newest_shown_.bind(1, device);
    newest_shown_.bind(2, static_cast<std::int64_t>(std::min(before_seq.value_or(kHighest), kHighest)));
    newest_shown_.bind(3, limit_of(limit));
    std::vector<TimelineEntry> found;
    while (newest_shown_.step()) found.push_back(read_row(newest_shown_));
    return found;
  }

  std::vector<TimelineEntry> transitions(std::string_view device, Time from, Time to) {
    transitions_.bind(1, device);
    transitions_.bind(2, first_seq_at(device, to));
    transitions_.bind(3, limit_of(kMostTransitions));
    std::vector<TimelineEntry> found;
    while (transitions_.step()) {
      found.push_back(read_row(transitions_));
      if (found.back().at >= from) continue;
      transitions_.reset();
      break;
    }
    std::reverse(found.begin(), found.end());
    return found;
  }

  DeviceFacts facts(std::string_view device, Time now) {
    const Millis clock = row_clock();
    DeviceFacts known;
    facts_.bind(1, device);
    if (facts_.step()) {
      Columns in(facts_, "device");
      in.skip(1);
      for (auto* const time :
           {&known.first_contact, &known.last_connect, &known.last_disconnect, &known.last_report}) {
        if (const Time stored = in.time(); stored != Time::min()) *time = stored + clock;
      }
      facts_.reset();
    }
    const auto today = day_of(now) - days_of(clock);
    disconnects_.bind(1, device);
    disconnects_.bind(2, today - (kDaysCounted - 1));
    disconnects_.bind(3, today);
    while (disconnects_.step()) {
      Columns in(disconnects_, "disconnects");
      in.skip(1);
      const bool is_today = in.number() == today;
      const auto count = in.count();
      known.disconnects_30_days += count;
      if (is_today) known.disconnects_today += count;
    }
    return known;
  }

  std::vector<FleetSample> fleet_history(Time from, Time to, Millis step) {
    const Millis clock = row_clock();
    fleet_.bind(1, stored(from, clock));
    fleet_.bind(2, stored(to, clock));
    fleet_.bind(3, std::int64_t{step.count()});
    std::vector<FleetSample> samples;
    while (fleet_.step()) {
      Columns in(fleet_, "fleet_history");
      const Time at = in.time() + clock;
      if (samples.empty() || samples.back().at != at) samples.push_back({at, {}});
      auto template_name = in.text();
      auto status = in.text();
      samples.back().templates[std::move(template_name)][std::move(status)] = in.count();
    }
    return samples;
  }

  std::vector<NotificationEntry> notifications(const NotificationFilter& filter,
                                               std::optional<std::uint64_t> before, std::size_t limit) {
    return read_notifications(database_, filter, before, limit);
  }

  std::vector<IncidentEntry> incidents(std::optional<std::uint64_t> before, std::size_t limit) {
    return read_incidents(database_, before, limit);
  }

  std::optional<NotificationEntry> notification(std::string_view id) {
    return read_notification(database_, id);
  }

 private:
  Millis row_clock() {
    const Millis clock{clock_.step() ? clock_.number(0) : 0};
    clock_.reset();
    return clock;
  }

  /// Of the first row of this device that isn't dated before `time`; behind all of them if there is none. A
  /// device's rows are dated in their order, so it is found by halving what may lie before it.
  std::int64_t first_seq_at(std::string_view device, Time time) {
    const auto wanted = stored(time, row_clock());
    ends_.bind(1, device);
    if (!ends_.step()) return kBehindAll;
    std::int64_t low = ends_.number(0), high = ends_.number(1) + 1;
    ends_.reset();
    while (low < high) {
      const auto middle = low + (high - low) / 2;
      from_seq_.bind(1, device);
      from_seq_.bind(2, middle);
      if (!from_seq_.step()) {
        high = middle;
        continue;
      }
      const auto seq = from_seq_.number(0);
      const bool is_before = from_seq_.number(1) < wanted;
      from_seq_.reset();
      is_before ? low = seq + 1 : high = middle;
    }
    return low;
  }

  Database database_;
  Statement clock_, transitions_, newest_shown_, ends_, from_seq_, facts_, disconnects_, fleet_;
};

SqliteHistoryReader::SqliteHistoryReader(std::string path) : path_(std::move(path)) {}
SqliteHistoryReader::~SqliteHistoryReader() = default;

/// After a failure the connection is made anew, whatever was wrong: a statement may still hold a row.
template <typename Read>
auto SqliteHistoryReader::read(const Read& what) -> Result<decltype(what(std::declval<Reading&>()))> {
  const auto refuse = [this](const std::string& words) {
    reading_.reset();
    return fail(fmt::format("the store \"{}\" {}", path_, words));
  };
  try {
    if (reading_ && reading_->has_moved()) reading_.reset();
    if (!reading_) reading_ = std::make_unique<Reading>(path_);
    return what(*reading_);
  } catch (const SqliteFailure& failure) {
    return refuse(
        fmt::format("{}: {}", failure.is_damage() ? "is damaged" : "can't be read", failure.what()));
  } catch (const std::exception& error) {
    return refuse(std::string("can't be read: ") + error.what());
  }
}

Result<std::vector<TimelineEntry>> SqliteHistoryReader::timeline(std::string_view device,
                                                                 std::optional<std::uint64_t> before_seq,
                                                                 std::size_t limit) {
  return read([&](Reading& reading) { return reading.timeline(device, before_seq, limit); });
}

Result<std::vector<TimelineEntry>> SqliteHistoryReader::transitions(std::string_view device, Time from,
                                                                    Time to) {
  return read([&](Reading& reading) { return reading.transitions(device, from, to); });
}

Result<DeviceFacts> SqliteHistoryReader::facts(std::string_view device, Time now) {
  return read([&](Reading& reading) { return reading.facts(device, now); });
}

Result<std::vector<FleetSample>> SqliteHistoryReader::fleet_history(Time from, Time to, Millis step) {
  if (step <= Millis{0}) return fail("the step of a history must be longer than 0");
  return read([&](Reading& reading) { return reading.fleet_history(from, to, step); });
}

Result<std::vector<NotificationEntry>> SqliteHistoryReader::notifications(const NotificationFilter& filter,
                                                                          std::optional<std::uint64_t> before,
                                                                          std::size_t limit) {
  return read([&](Reading& reading) { return reading.notifications(filter, before, limit); });
}

Result<std::vector<IncidentEntry>> SqliteHistoryReader::incidents(std::optional<std::uint64_t> before,
                                                                  std::size_t limit) {
  return read([&](Reading& reading) { return reading.incidents(before, limit); });
}

Result<std::optional<NotificationEntry>> SqliteHistoryReader::notification(std::string_view id) {
  return read([&](Reading& reading) { return reading.notification(id); });
}

}  // namespace rollcall
