// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_records.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "bridge/adapters/sqlite/sqlite_columns.hpp"
#include "bridge/adapters/sqlite/sqlite_connections.hpp"
#include "bridge/adapters/sqlite/sqlite_declared.hpp"

namespace rollcall {
namespace {

// Of each table, the columns in the order in which they are written and read.
constexpr std::string_view kDeviceColumns[] = {"device",
                                               "is_forgotten",
                                               "seq",
                                               "template",
                                               "status",
                                               "previous",
                                               "since",
                                               "last_seen",
                                               "published_last_seen",
                                               "latest",
                                               "connections",
                                               "end_cause",
                                               "end_is_graceful",
                                               "end_at",
                                               "end_silence",
                                               "end_broker",
                                               "end_client_id",
                                               "end_username",
                                               "end_address",
                                               "next_status",
                                               "next_at",
                                               "wait_began",
                                               "wait_not_before",
                                               "wait_kind",
                                               "wait_by_operator",
                                               "heard",
                                               "declared",
                                               "operator",
                                               "changes",
                                               "is_flapping",
                                               "left_behind",  // DeviceRecord::detached
                                               "conflicts",
                                               "muted_until"};
/// Behind those of a device: the bridge doesn't read them. What is stored stays until there is a later one.
constexpr std::string_view kFactColumns[] = {"last_connect", "last_disconnect", "last_report"};
constexpr std::string_view kRowTime = "at + (SELECT row_clock FROM meta)";
constexpr std::string_view kRowColumns[] = {"seq",   "device",   "at",     "from_status", "to_status", "kind",
                                            "cause", "graceful", "broker", "client_id",   "address"};
constexpr std::string_view kBrokerColumns[] = {
    "name",        "boot",         "known_through",  "last_contact",       "lost_at",
    "settled_seq", "outage_began", "outage_back_at", "outage_grace_ends",  "outage_affected",
    "outage_back", "known_stall",  "stall_began",    "stall_losses_until", "clock_offset"};
constexpr std::string_view kTemplateColumns[] = {"name", "fingerprint"};

using ColumnNames = std::span<const std::string_view>;

std::string insert(std::string_view table, ColumnNames columns) {
  std::string parameters = "?";
  for (std::size_t i = 1; i < columns.size(); ++i) parameters += ", ?";
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", table, fmt::join(columns, ", "), parameters);
}

/// Replaces the row with the same first column, in its position.
std::string upsert(std::string_view table, ColumnNames columns) {
  auto sql = fmt::format("{} ON CONFLICT ({}) DO UPDATE SET ", insert(table, columns), columns.front());
  for (const auto column : columns.subspan(1)) sql += fmt::format("{0} = excluded.{0}, ", column);
  sql.resize(sql.size() - 2);
  return sql;
}

/// Replaces a device; but its facts are set once, or only grow, until it is forgotten.
std::string upsert_device() {
  std::vector<std::string_view> columns(std::begin(kDeviceColumns), std::end(kDeviceColumns));
  auto sql = upsert("device", columns);
  const auto insert_part = insert("device", columns);
  columns.emplace_back("first_contact");
  columns.insert(columns.end(), std::begin(kFactColumns), std::end(kFactColumns));
  sql.replace(0, insert_part.size(), insert("device", columns));
  constexpr std::string_view kUnlessForgotten =
      ", {0} = CASE WHEN excluded.is_forgotten THEN NULL ELSE {1} END";
  sql += fmt::format(fmt::runtime(kUnlessForgotten), "first_contact",
                     "coalesce(first_contact, excluded.first_contact)");
  for (const auto column : kFactColumns) {
    sql += fmt::format(fmt::runtime(kUnlessForgotten), column,
                       fmt::format("coalesce(max({0}, excluded.{0}), {0}, excluded.{0})", column));
  }
  return sql;
}

std::string select(std::string_view table, ColumnNames columns, std::string_view rest) {
  return fmt::format("SELECT {} FROM {} {}", fmt::join(columns, ", "), table, rest);
}

constexpr std::array<std::string_view, 4> kWaitKinds{"first", "next", "late", "forget"};  // by WaitKind

void read_wait(Columns& in, std::optional<WaitRecord>& to) {
  if (in.is_null()) {
    in.skip(6);
    return;
  }
  WaitRecord wait;
  wait.status = in.text();
  wait.due = in.time();
  wait.began = in.time();
  wait.not_before = in.time();
  const auto kind = in.text();
  const auto found = std::find(kWaitKinds.begin(), kWaitKinds.end(), kind);
  if (found == kWaitKinds.end()) in.refuse("is \"" + kind + "\", which is no kind of wait");
  wait.kind = static_cast<WaitKind>(found - kWaitKinds.begin());
  wait.by_operator = in.boolean();
  to = std::move(wait);
}

/// Nothing where the column is NULL.
template <typename T, typename Read>
void read_json(Columns& in, T& to, const Read& read) {
  const auto text = in.text();
  if (text.empty()) return;
  auto value = read(text);
  if (!value) in.refuse(value.error().message);
  to = std::move(*value);
}

/// Into one that is as it was made.
void read_device(Columns in, DeviceRecord& record) {
  record.device = in.text();
  if (record.device.empty()) in.refuse("is empty");
  record.is_forgotten = in.boolean();
  record.seq = in.count();
  if (record.is_forgotten) return;
  record.template_name = in.text();
  record.status = in.text();
  record.previous = in.text();
  record.since = in.time();
  record.last_seen = in.time();
  record.published_last_seen = in.time();
  record.latest = in.time();
  read_json(in, record.connections, connections_from_json);
  auto& end = record.last_end;
  if (const auto name = in.view(); !name.empty()) {
    end.cause = cause_from_string(name);
    if (!end.cause) in.refuse("is \"" + std::string(name) + "\", which is no cause");
  }
  end.graceful = in.boolean();
  end.at = in.time();
  end.silence = in.duration();
  end.broker = in.text();
  end.client_id = in.text();
  end.username = in.text();
  end.address = in.text();
  read_wait(in, record.wait);
  record.heard = in.time();
  read_json(in, record.declaration, declaration_from_json);
  read_json(in, record.set, operator_from_json);
  read_json(in, record.changes, times_from_json);
  record.is_flapping = in.boolean();
  read_json(in, record.detached, connections_from_json);
  read_json(in, record.conflicts, conflicts_from_json);
  record.muted_until = in.time_to_come();
}

TimelineEntry read_row(Columns in) {
  TimelineEntry row;
  row.seq = in.count();
  row.device = in.text();
  row.at = in.time();
  row.from = in.text();
  row.to = in.text();
  row.kind = in.text();
  row.cause = in.text();
  if (in.is_null()) {
    in.skip(1);
  } else {
    row.graceful = in.boolean();
  }
  row.broker = in.text();
  row.client_id = in.text();
  row.address = in.text();
  return row;
}

BrokerRecord read_broker(Columns in) {
  BrokerRecord record;
  record.name = in.text();
  record.boot = in.bits();
  record.known_through = in.count();
  record.last_contact = in.time();
  if (const auto lost_at = in.time(); lost_at != Time::min()) record.lost_at = lost_at;
  record.acked_seq = in.count();
  if (in.is_null()) {
    in.skip(5);
  } else {
    auto& outage = record.outage.emplace();
    outage.began = in.time();
    outage.back_at = in.time();
    outage.grace_ends = in.time();
    outage.affected = in.count();
    outage.back = in.count();
  }
  record.known_stall = in.duration();
  const StallRecord stall{in.time(), in.time()};
  if (record.outage && stall.began != Time::min()) record.outage->stall = stall;
  if (!in.is_null()) record.clock_offset = Millis{in.number()};
  return record;
}

}  // namespace

std::string select_rows(std::string_view rest) {
  std::string columns;
  for (const auto column : kRowColumns) {
    columns += columns.empty() ? "" : ", ";
    columns += column == "at" ? kRowTime : column;
  }
  return fmt::format("SELECT {} FROM timeline {}", columns, rest);
}

TimelineEntry read_row(const Statement& statement) { return read_row(Columns(statement, "timeline")); }

StoreWriter::StoreWriter(Database& database)
    : database_(database),
      device_(database, upsert_device()),
      removed_(database, "DELETE FROM device WHERE device = ?"),
      row_(database, insert("timeline", kRowColumns) + " ON CONFLICT (seq) DO NOTHING"),
      broker_(database, upsert("broker", kBrokerColumns)),
      template_(database, insert("template", kTemplateColumns)),
      no_templates_(database, "DELETE FROM template"),
      ceiling_(database,
               "UPDATE meta SET seq_ceiling = max(seq_ceiling, ?), is_complete = ?, row_clock = ?, "
               "last_batch = max(last_batch, ?)"),
      oldest_rows_(database, "SELECT seq, at FROM timeline ORDER BY seq LIMIT ?"),
      drop_rows_(database, "DELETE FROM timeline WHERE seq <= ?"),
      history_(database) {}

void StoreWriter::write(const StoreBatch& batch) {
  sync_to_disk(!batch.is_durability_relaxed);
  Transaction transaction(database_);
  for (const auto& device : batch.removed) {
    removed_.bind(1, device);
    removed_.run();
  }
  row_clock_ = batch.row_clock;
  const bool is_new = history_.is_new(batch);
  write_devices(batch, is_new);
  for (const auto& row : batch.rows) write(row);
  if (is_new) history_.add_disconnects(batch);
  history_.add_samples(batch);
  if (batch.no_rows_after) {
    pull_rows_back(*batch.no_rows_after);
    pull_facts_back(*batch.no_rows_after);
    history_.drop_future(batch);
  }
  for (const auto& record : batch.brokers) write(record);
  if (!batch.templates.empty()) write(batch.templates);
  ceiling_.bind(1, static_cast<std::int64_t>(batch.reserved_seq));
  ceiling_.bind(2, std::int64_t{batch.is_last ? 1 : 0});
  ceiling_.bind(3, std::int64_t{batch.row_clock.count()});
  ceiling_.bind(4, static_cast<std::int64_t>(batch.number));
  ceiling_.run();
  history_.drop_old(batch);
  drop_old_rows(batch.drop_rows_before, std::max(kOldRowsPerBatch, 2 * batch.rows.size()));
  transaction.commit();
}

void StoreWriter::write_devices(const StoreBatch& batch, bool is_new) {
  std::unordered_map<std::string_view, const ContactFacts*> facts;
  facts.reserve(batch.facts.size());
  for (const ContactFacts& each : batch.facts) facts.emplace(each.device, &each);
  for (const auto& record : batch.devices) {
    if (record.is_forgotten) {
      DeviceRecord tombstone;  // nothing else is to be remembered of it
      tombstone.device = record.device;
      tombstone.is_forgotten = true;
      tombstone.seq = record.seq;
      write(tombstone, nullptr);
      if (is_new) history_.forget(record.device);
    } else {
      const auto found = facts.find(record.device);
      write(record, found == facts.end() ? nullptr : found->second);
    }
  }
}

void StoreWriter::write(const DeviceRecord& record, const ContactFacts* facts) {
  const auto connections = record.connections.empty() ? std::string() : to_json(record.connections);
  const auto detached = record.detached.empty() ? std::string() : to_json(record.detached);
  Parameters out(device_);
  out.text(record.device);
  out.boolean(record.is_forgotten);
  out.count(record.seq);
  out.text(record.template_name);
  out.text(record.status);
  out.text_or_null(record.previous);
  out.time(record.since);
  out.time(record.last_seen);
  out.time(record.published_last_seen);
  out.time(record.latest);
  out.text_or_null(connections);
  const auto& end = record.last_end;
  out.text_or_null(end.cause ? to_string(*end.cause) : std::string_view());
  out.boolean(end.graceful);
  out.time(end.at);
  out.duration(end.silence);
  out.text_or_null(end.broker);
  out.text_or_null(end.client_id);
  out.text_or_null(end.username);
  out.text_or_null(end.address);
  if (const auto& wait = record.wait) {
    out.text(wait->status);
    out.time(wait->due);
    out.time(wait->began);
    out.time(wait->not_before);
    out.text(kWaitKinds.at(static_cast<std::size_t>(wait->kind)));
    out.boolean(wait->by_operator);
  } else {
    for (int i = 0; i < 6; ++i) out.null();
  }
  out.time(record.heard);
  const auto declared = record.declaration ? to_json(*record.declaration) : std::string();
  const auto set = record.set ? to_json(*record.set) : std::string();
  const auto changes = record.changes.empty() ? std::string() : to_json(record.changes);
  out.text_or_null(declared);
  out.text_or_null(set);
  out.text_or_null(changes);
  out.boolean(record.is_flapping);
  out.text_or_null(detached);
  const auto conflicts = record.conflicts.empty() ? std::string() : to_json(record.conflicts);
  out.text_or_null(conflicts);
  out.time_to_come(record.muted_until);
  const auto fact = [&](const std::optional<Time>& time) { time ? out.number(stored(*time)) : out.null(); };
  const ContactFacts none;
  const ContactFacts& known = facts == nullptr ? none : *facts;
  for (const auto* const time :
       {&known.first_contact, &known.last_connect, &known.last_disconnect, &known.last_report}) {
    fact(*time);
  }
  device_.run();
}

void StoreWriter::write(const TimelineEntry& row) {
  Parameters out(row_);
  out.count(row.seq);
  out.text(row.device);
  out.number(stored(row.at));
  out.text_or_null(row.from);
  out.text(row.to);
  out.text(row.kind);
  out.text(row.cause);
  row.graceful ? out.boolean(*row.graceful) : out.null();
  out.text_or_null(row.broker);
  out.text_or_null(row.client_id);
  out.text_or_null(row.address);
  row_.run();
}

void StoreWriter::write(const BrokerRecord& record) {
  Parameters out(broker_);
  out.text(record.name);
  out.bits(record.boot);
  out.count(record.known_through);
  out.time(record.last_contact);
  out.time(record.lost_at.value_or(Time::min()));
  out.count(record.acked_seq);
  if (const auto& outage = record.outage) {
    out.time(outage->began);
    out.time(outage->back_at);
    out.time(outage->grace_ends);
    out.count(outage->affected);
    out.count(outage->back);
  } else {
    for (int i = 0; i < 5; ++i) out.null();
  }
  out.duration(record.known_stall);
  const auto stall = record.outage ? record.outage->stall : std::nullopt;
  out.time(stall ? stall->began : Time::min());
  out.time(stall ? stall->losses_until : Time::min());
  record.clock_offset ? out.number(record.clock_offset->count()) : out.null();
  broker_.run();
}

// Without an index by time: those that lie in the future are the latest by seq.
void StoreWriter::pull_rows_back(Time latest) {
  Statement pull(database_,
                 "UPDATE timeline SET at = ?1 WHERE seq > coalesce((SELECT seq FROM timeline WHERE at <= ?1 "
                 "ORDER BY seq DESC LIMIT 1), -1)");
  pull.bind(1, stored(latest));
  pull.run();
}

void StoreWriter::pull_facts_back(Time latest) {
  std::string sql = "UPDATE device SET first_contact = min(first_contact, ?1)";
  for (const auto column : kFactColumns) sql += fmt::format(", {0} = min({0}, ?1)", column);
  Statement pull(database_, sql);
  pull.bind(1, stored(latest));
  pull.run();
}

/// A step of the wall clock moves all rows, and changes one number.
std::int64_t StoreWriter::stored(Time row_time) const {
  return (row_time - row_clock_).time_since_epoch().count();
}

void StoreWriter::write(const std::map<std::string, std::uint64_t>& templates) {
  no_templates_.run();
  for (const auto& [name, fingerprint] : templates) {
    Parameters out(template_);
    out.text(name);
    out.bits(fingerprint);
    template_.run();
  }
}

// Not within a transaction, where SQLite refuses it.
void StoreWriter::sync_to_disk(bool is_on) {
  if (is_on == is_synced_) return;
  database_.run(is_on ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  is_synced_ = is_on;
}

// From the lowest seq on, up to the first that is young enough: what that hides goes with it, a little later.
void StoreWriter::drop_old_rows(Time before, std::size_t most) {
  if (before == Time::min()) return;
  const auto oldest = stored(before);
  std::int64_t last = -1;
  oldest_rows_.bind(1, static_cast<std::int64_t>(most));
  while (oldest_rows_.step()) {
    if (oldest_rows_.number(1) >= oldest) {
      oldest_rows_.reset();
      break;
    }
    last = oldest_rows_.number(0);
  }
  if (last < 0) return;
  drop_rows_.bind(1, last);
  drop_rows_.run();
}

std::optional<DeviceRecord> read_device(Database& database, std::string_view device) {
  Statement found(database, select("device", kDeviceColumns, "WHERE device = ?"));
  found.bind(1, device);
  if (!found.step()) return std::nullopt;
  DeviceRecord record;
  read_device(Columns(found, "device"), record);
  return record;
}

std::vector<TimelineEntry> read_latest_rows(Database& database, std::string_view device, std::size_t most) {
  Statement found(database, select_rows("WHERE device = ? ORDER BY seq DESC LIMIT ?"));
  found.bind(1, device);
  found.bind(2, static_cast<std::int64_t>(most));
  std::vector<TimelineEntry> rows;
  while (found.step()) rows.push_back(read_row(Columns(found, "timeline")));
  std::reverse(rows.begin(), rows.end());
  return rows;
}

std::vector<BrokerRecord> read_brokers(Database& database) {
  std::vector<BrokerRecord> brokers;
  Statement found(database, select("broker", kBrokerColumns, "ORDER BY position"));
  while (found.step()) brokers.push_back(read_broker(Columns(found, "broker")));
  return brokers;
}

std::map<std::string, std::uint64_t> read_templates(Database& database) {
  std::map<std::string, std::uint64_t> templates;
  Statement found(database, select("template", kTemplateColumns, ""));
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

  state.most_devices = static_cast<std::size_t>(database.number("SELECT count(*) FROM device"));
  auto rest = std::make_shared<std::optional<Statement>>(
      std::in_place, database, select("device", kDeviceColumns, "ORDER BY position"));
  state.more_devices = [rest](std::vector<DeviceRecord>& next) {
    auto& devices = *rest;
    next.clear();
    next.reserve(kDevicesAtOnce);
    while (devices && next.size() < kDevicesAtOnce) {
      if (devices->step()) {
        read_device(Columns(*devices, "device"), next.emplace_back());
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
  Statement rows(database, select_rows("WHERE seq > ? ORDER BY seq DESC LIMIT ?"));
  rows.bind(1, least == state.brokers.end() ? 0 : static_cast<std::int64_t>(least->acked_seq));
  rows.bind(2, static_cast<std::int64_t>(kMaxUnacknowledgedRows));
  while (rows.step()) state.unacknowledged.push_back(read_row(Columns(rows, "timeline")));
  std::reverse(state.unacknowledged.begin(), state.unacknowledged.end());
  return state;
}

}  // namespace rollcall
