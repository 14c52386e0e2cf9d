// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_notifications.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "bridge/adapters/sqlite/sqlite_columns.hpp"

namespace rollcall {
namespace {

constexpr const char* kNotificationColumns =
    "id, kind, subject, device, status, label, previous, cause, template, title, text, at, count, payload";
constexpr const char* kDeliveryColumns = "channel, state, attempts, began, due, ended, code, answer";

std::int64_t stored(Time time, Millis row_clock) { return (time - row_clock).time_since_epoch().count(); }

/// Reads the columns that the two lists above name; times as they are stored, without the row clock.
class Reader {
 public:
  explicit Reader(Database& database)
      : row_clock_(database.number("SELECT row_clock FROM meta")),
        deliveries_(database, fmt::format("SELECT {} FROM delivery WHERE notification = ?1 AND state >= ?2 "
                                          "AND state <= ?3 ORDER BY channel",
                                          kDeliveryColumns)) {}

  /// `found` has the number behind the notification's columns.
  NotificationEntry entry(const Statement& found, std::optional<DeliveryRecord::State> state) {
    NotificationEntry read;
    NotificationRecord& it = read.notification;
    Columns in(found, "notification");
    for (auto* const text : {&it.id, &it.kind, &it.subject, &it.device, &it.status, &it.label, &it.previous,
                             &it.cause, &it.template_name, &it.title, &it.text}) {
      *text = in.text();
    }
    it.at = in.time() + row_clock_;
    it.count = in.count();
    it.payload = in.text();
    read.number = in.count();
    read.deliveries = deliveries(read.number, it.id, state);
    return read;
  }

 private:
  std::vector<DeliveryRecord> deliveries(std::uint64_t number, const std::string& id,
                                         std::optional<DeliveryRecord::State> state) {
    constexpr std::string_view kAfterAll = "~";
    deliveries_.bind(1, static_cast<std::int64_t>(number));
    deliveries_.bind(2, state ? to_string(*state) : std::string_view());
    deliveries_.bind(3, state ? to_string(*state) : kAfterAll);
    std::vector<DeliveryRecord> read;
    while (deliveries_.step()) {
      Columns in(deliveries_, "delivery");
      DeliveryRecord& it = read.emplace_back();
      it.notification = id;
      it.channel = in.text();
      const auto found = delivery_state_from_string(in.view());
      if (!found) in.refuse("is no state of a delivery");
      it.state = *found;
      it.attempts = in.count();
      it.began = in.time() + row_clock_;
      it.due = in.time() + row_clock_;
      const Time ended = in.time();
      it.ended = ended == Time::min() ? ended : ended + row_clock_;
      it.code = in.count();
      it.answer = in.text();
    }
    return read;
  }

  const Millis row_clock_;
  Statement deliveries_;
};

/// Above the numbers of a page.
std::int64_t below(std::optional<std::uint64_t> before) {
  constexpr auto kBehindAll = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(before.value_or(kBehindAll), kBehindAll));
}

std::int64_t at_most(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int32_t>::max()));
}

std::string select(std::string_view rest) {
  return fmt::format("SELECT {}, number FROM notification {}", kNotificationColumns, rest);
}

}  // namespace

NotificationWriter::NotificationWriter(Database& database)
    : notification_(
          database,
          fmt::format("INSERT INTO notification ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                      "ON CONFLICT (id) DO NOTHING",
                      kNotificationColumns)),
      delivery_(
          database,
          fmt::format("INSERT INTO delivery (notification, {}) SELECT number, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
                      "?9 FROM notification WHERE id = ?1 ON CONFLICT (notification, channel) DO UPDATE "
                      "SET state = excluded.state, attempts = excluded.attempts, began = excluded.began, "
                      "due = excluded.due, ended = excluded.ended, code = excluded.code, "
                      "answer = excluded.answer",
                      kDeliveryColumns)),
      newest_(database, "SELECT max(number) FROM notification"),
      oldest_(database,
              "SELECT number, at, EXISTS (SELECT 1 FROM delivery WHERE notification = number AND "
              "state = 'waiting') FROM notification ORDER BY number LIMIT ?"),
      drop_notification_(database, "DELETE FROM notification WHERE number = ?"),
      drop_deliveries_(database, "DELETE FROM delivery WHERE notification = ?") {}

void NotificationWriter::write(const StoreBatch& batch) {
  for (const NotificationRecord& record : batch.notifications) write(record, batch.row_clock);
  for (const DeliveryRecord& record : batch.deliveries) write(record, batch.row_clock);
  if (!batch.deliveries.empty() || !batch.notifications.empty()) drop_old(batch);
}

void NotificationWriter::write(const NotificationRecord& record, Millis row_clock) {
  Parameters out(notification_);
  out.text(record.id);
  out.text(record.kind);
  out.text(record.subject);
  for (const auto* const text : {&record.device, &record.status, &record.label, &record.previous,
                                 &record.cause, &record.template_name}) {
    out.text_or_null(*text);
  }
  out.text(record.title);
  out.text(record.text);
  out.number(stored(record.at, row_clock));
  out.count(record.count);
  out.text(record.payload);
  notification_.run();
}

void NotificationWriter::write(const DeliveryRecord& record, Millis row_clock) {
  Parameters out(delivery_);
  out.text(record.notification);
  out.text(record.channel);
  out.text(to_string(record.state));
  out.count(record.attempts);
  out.number(stored(record.began, row_clock));
  out.number(stored(record.due, row_clock));
  record.ended == Time::min() ? out.null() : out.number(stored(record.ended, row_clock));
  out.count(record.code);
  out.text(record.answer);
  delivery_.run();
}

// From the lowest number on, up to the first that is young enough.
void NotificationWriter::drop_old(const StoreBatch& batch) {
  const auto oldest_kept = batch.drop_notifications_before == Time::min()
                               ? std::numeric_limits<std::int64_t>::min()
                               : stored(batch.drop_notifications_before, batch.row_clock);
  const auto newest = newest_.step() ? newest_.number(0) : 0;
  newest_.reset();
  const auto most = std::max(kOldPerBatch, 2 * batch.notifications.size());
  std::vector<std::int64_t> old;
  oldest_.bind(1, static_cast<std::int64_t>(most));
  while (oldest_.step()) {
    const auto number = oldest_.number(0);
    const bool is_young = oldest_.number(1) >= oldest_kept;
    if (is_young && number > newest - static_cast<std::int64_t>(kMostKept)) {
      oldest_.reset();
      break;
    }
    if (oldest_.number(2) == 0) old.push_back(number);
  }
  for (const auto number : old) {
    drop_deliveries_.bind(1, number);
    drop_deliveries_.run();
    drop_notification_.bind(1, number);
    drop_notification_.run();
  }
}

std::vector<NotificationEntry> read_waiting_notifications(Database& database) {
  Reader reader(database);
  Statement found(database,
                  select("WHERE number IN (SELECT notification FROM delivery WHERE state = 'waiting') "
                         "ORDER BY number"));
  std::vector<NotificationEntry> entries;
  while (found.step()) entries.push_back(reader.entry(found, DeliveryRecord::State::waiting));
  return entries;
}

std::vector<NotificationEntry> read_notifications(Database& database, const NotificationFilter& filter,
                                                  std::optional<std::uint64_t> before, std::size_t limit) {
  std::string where = "WHERE number < ?1";
  if (filter.device) where += " AND device = ?2";
  if (filter.result)
    where += " AND EXISTS (SELECT 1 FROM delivery WHERE notification = number AND state = ?3)";
  Reader reader(database);
  Statement found(database, select(where + " ORDER BY number DESC LIMIT ?4"));
  found.bind(1, below(before));
  if (filter.device) found.bind(2, *filter.device);
  if (filter.result) found.bind(3, to_string(*filter.result));
  found.bind(4, at_most(limit));
  std::vector<NotificationEntry> entries;
  while (found.step()) entries.push_back(reader.entry(found, std::nullopt));
  return entries;
}

// Of the notifications about one incident the last.
std::vector<IncidentEntry> read_incidents(Database& database, std::optional<std::uint64_t> before,
                                          std::size_t limit) {
  Statement found(database,
                  "SELECT max(number), payload FROM notification WHERE device IS NULL GROUP BY subject "
                  "HAVING max(number) < ?1 ORDER BY 1 DESC LIMIT ?2");
  found.bind(1, below(before));
  found.bind(2, at_most(limit));
  std::vector<IncidentEntry> entries;
  while (found.step()) {
    Columns in(found, "notification");
    const auto number = in.count();
    entries.push_back({number, in.text()});
  }
  return entries;
}

std::optional<NotificationEntry> read_notification(Database& database, std::string_view id) {
  Reader reader(database);
  Statement found(database, select("WHERE id = ?"));
  found.bind(1, id);
  if (!found.step()) return std::nullopt;
  return reader.entry(found, std::nullopt);
}

}  // namespace rollcall
