// SPDX-License-Identifier: Apache-2.0
// What is read out of a store.
#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "bridge/adapters/sqlite/sqlite_columns.hpp"
#include "bridge/adapters/sqlite/sqlite_fields.hpp"
#include "bridge/adapters/sqlite/sqlite_records.hpp"

namespace rollcall {
namespace {

std::string select(std::string_view table, std::span<const std::string_view> columns, std::string_view rest) {
  return fmt::format("SELECT {} FROM {} {}", fmt::join(columns, ", "), table, rest);
}

/// Into one that is as it was made.
void read_device(const Statement& statement, DeviceRecord& record) {
  FieldReader in(statement, "device");
  device_fields(in, record);
}

}  // namespace

std::string select_rows(std::string_view rest) {
  auto columns = row_columns();
  for (auto& column : columns) {
    if (column == "at") column = "at + (SELECT row_clock FROM meta)";
  }
  return select("timeline", columns, rest);
}

TimelineEntry read_row(const Statement& statement) {
  FieldReader in(statement, "timeline");
  TimelineEntry row;
  row_fields(in, row);
  return row;
}

std::optional<DeviceRecord> read_device(Database& database, std::string_view device) {
  Statement found(database, select("device", device_columns(), "WHERE device = ?"));
  found.bind(1, device);
  if (!found.step()) return std::nullopt;
  DeviceRecord record;
  read_device(found, record);
  return record;
}

std::vector<TimelineEntry> read_latest_rows(Database& database, std::string_view device, std::size_t most) {
  Statement found(database, select_rows("WHERE device = ? AND is_hidden = 0 ORDER BY seq DESC LIMIT ?"));
  found.bind(1, device);
  found.bind(2, static_cast<std::int64_t>(most));
  std::vector<TimelineEntry> rows;
  while (found.step()) rows.push_back(read_row(found));
  std::reverse(rows.begin(), rows.end());
  return rows;
}

std::vector<BrokerRecord> read_brokers(Database& database) {
  std::vector<BrokerRecord> brokers;
  Statement found(database, select("broker", broker_columns(), "ORDER BY position"));
  while (found.step()) {
    FieldReader in(found, "broker");
    broker_fields(in, brokers.emplace_back());
  }
  return brokers;
}

std::map<std::string, std::uint64_t> read_templates(Database& database) {
  std::map<std::string, std::uint64_t> templates;
  Statement found(database, "SELECT name, fingerprint FROM template");
  while (found.step()) {
    Columns columns(found, "template");
    auto name = columns.text();
    templates.emplace(std::move(name), columns.bits());
  }
  return templates;
}

std::vector<std::string> read_names(Database& database) {
  std::vector<std::string> names;
  Statement found(database, "SELECT device FROM device WHERE is_forgotten = 0 ORDER BY position");
  while (found.step()) names.emplace_back(found.text(0));
  return names;
}

StoredState read_store(Database& database) {
  StoredState state;
  Statement meta(database,
                 "SELECT only_row, instance, seq_ceiling, is_complete, row_clock, last_batch FROM meta");
  if (!meta.step()) throw SqliteFailure(SQLITE_CORRUPT, "table meta is empty");
  Columns in(meta, "meta");
  in.skip(1);
  state.instance = in.bits();
  state.reserved_seq = in.count();
  state.is_complete = in.boolean();
  state.row_clock = Millis{in.number()};
  state.last_batch = in.count();

  state.templates = read_templates(database);
  state.brokers = read_brokers(database);
  state.waiting = read_waiting_notifications(database);
  state.notify = read_notify_state(database);
  state.commands = read_commands(database);
  state.command_sources = read_command_sources(database);

  state.most_devices = static_cast<std::size_t>(database.number("SELECT count(*) FROM device"));
  auto rest = std::make_shared<std::optional<Statement>>(
      std::in_place, database, select("device", device_columns(), "ORDER BY position"));
  state.more_devices = [rest](std::vector<DeviceRecord>& next) {
    auto& devices = *rest;
    next.clear();
    next.reserve(kDevicesAtOnce);
    while (devices && next.size() < kDevicesAtOnce) {
      if (devices->step()) {
        read_device(*devices, next.emplace_back());
      } else {
        devices.reset();  // it would begin again
      }
    }
    return !next.empty();
  };
  state.more_devices(state.devices);

  // Without a broker nothing has arrived anywhere.
  const auto least = std::min_element(state.brokers.begin(), state.brokers.end(),
                                      [](auto& a, auto& b) { return a.acked_seq < b.acked_seq; });
  Statement rows(database, select_rows("WHERE seq > ? AND is_hidden = 0 ORDER BY seq DESC LIMIT ?"));
  rows.bind(1, least == state.brokers.end() ? 0 : static_cast<std::int64_t>(least->acked_seq));
  rows.bind(2, static_cast<std::int64_t>(kMaxUnacknowledgedRows));
  while (rows.step()) state.unacknowledged.push_back(read_row(rows));
  std::reverse(state.unacknowledged.begin(), state.unacknowledged.end());
  return state;
}

}  // namespace rollcall
