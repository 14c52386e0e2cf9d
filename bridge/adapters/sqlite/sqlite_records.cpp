// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_records.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/keyed_hash.hpp"
#include "bridge/adapters/sqlite/sqlite_columns.hpp"
#include "bridge/adapters/sqlite/sqlite_fields.hpp"

namespace rollcall {
namespace {

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

/// Replaces a device. But its first contact is set once, and the others only grow, until it is forgotten.
std::string upsert_device() {
  auto columns = device_columns();
  const auto facts = fact_columns();
  std::string sets;
  for (const auto column : ColumnNames(columns).subspan(1))
    sets += fmt::format("{0} = excluded.{0}, ", column);
  for (const auto column : facts) {
    const auto kept = column == facts.front()
                          ? fmt::format("coalesce({0}, excluded.{0})", column)
                          : fmt::format("coalesce(max({0}, excluded.{0}), {0}, excluded.{0})", column);
    sets += fmt::format("{} = CASE WHEN excluded.is_forgotten THEN NULL ELSE {} END, ", column, kept);
  }
  sets.resize(sets.size() - 2);
  columns.insert(columns.end(), facts.begin(), facts.end());
  return fmt::format("{} ON CONFLICT (device) DO UPDATE SET {}", insert("device", columns), sets);
}

}  // namespace

StoreWriter::StoreWriter(Database& database)
    : database_(database),
      device_(database, upsert_device()),
      removed_(database, "DELETE FROM device WHERE device = ?"),
      row_(database, insert("timeline", row_columns()) + " ON CONFLICT (seq) DO NOTHING"),
      broker_(database, upsert("broker", broker_columns())),
      template_(database, "INSERT INTO template (name, fingerprint) VALUES (?, ?)"),
      no_templates_(database, "DELETE FROM template"),
      ceiling_(database,
               "UPDATE meta SET seq_ceiling = max(seq_ceiling, ?), is_complete = ?, row_clock = ?, "
               "last_batch = max(last_batch, ?)"),
      oldest_rows_(database, "SELECT seq, at FROM timeline ORDER BY seq LIMIT ?"),
      drop_rows_(database, "DELETE FROM timeline WHERE seq <= ?"),
      history_(database),
      notify_(database),
      notifications_(database),
      commands_(database) {}

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
  notify_.write(batch.notify);
  commands_.write(batch);
  if (!batch.templates.empty()) write(batch.templates);
  ceiling_.bind(1, static_cast<std::int64_t>(batch.reserved_seq));
  ceiling_.bind(2, std::int64_t{batch.is_last ? 1 : 0});
  ceiling_.bind(3, std::int64_t{batch.row_clock.count()});
  ceiling_.bind(4, static_cast<std::int64_t>(batch.number));
  ceiling_.run();
  history_.drop_old(batch);
  notifications_.write(batch);
  drop_old_rows(batch.drop_rows_before, std::max(kOldRowsPerBatch, 2 * batch.rows.size()));
  transaction.commit();
}

void StoreWriter::write_devices(const StoreBatch& batch, bool is_new) {
  std::unordered_map<std::string_view, const ContactFacts*, KeyedHash> facts;
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
  static const ContactFacts kNone;
  FieldWriter out(device_, row_clock_);
  device_fields(out, record);
  fact_fields(out, facts == nullptr ? kNone : *facts);
  device_.run();
}

void StoreWriter::write(const TimelineEntry& row) {
  FieldWriter out(row_, row_clock_);
  row_fields(out, row);
  row_.run();
}

void StoreWriter::write(const BrokerRecord& record) {
  FieldWriter out(broker_, row_clock_);
  broker_fields(out, record);
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
  std::string sql;
  for (const auto column : fact_columns())
    sql += fmt::format("{1} {0} = min({0}, ?1)", column, sql.empty() ? "" : ",");
  Statement pull(database_, "UPDATE device SET" + sql);
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

}  // namespace rollcall
