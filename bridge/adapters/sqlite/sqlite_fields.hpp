// SPDX-License-Identifier: Apache-2.0
// Which columns the store's records have, in which order, and what is in them: of each record one list, by
// which its table's columns are named, written and read (sqlite_archives.hpp). Internal to the store.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "bridge/adapters/sqlite/sqlite_archives.hpp"
#include "bridge/core/lifecycle/records.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall {

/// `Record` is DeviceRecord, const where it is written.
template <typename Archive, typename Record>
void device_fields(Archive& row, Record& it) {
  row.text("device", it.device);
  if constexpr (Archive::kIsReading) {
    if (it.device.empty()) row.refuse("is empty");
  }
  row.field("is_forgotten", it.is_forgotten);
  row.field("seq", it.seq);
  if constexpr (Archive::kIsReading) {
    if (it.is_forgotten) return;
  }
  row.text("template", it.template_name);
  row.text("status", it.status);
  row.field("previous", it.previous);
  row.field("since", it.since);
  row.field("last_seen", it.last_seen);
  row.field("published_last_seen", it.published_last_seen);
  row.field("latest", it.latest);
  row.json("connections", it.connections);
  auto& end = it.last_end;
  row.field("end_cause", end.cause);
  row.field("end_is_graceful", end.graceful);
  row.field("end_at", end.at);
  row.field("end_silence", end.silence);
  row.field("end_broker", end.broker);
  row.field("end_client_id", end.client_id);
  row.field("end_username", end.username);
  row.field("end_address", end.address);
  row.template group<6>(it.wait, [](auto& of_wait, auto& wait) {
    of_wait.text("next_status", wait.status);
    of_wait.field("next_at", wait.due);
    of_wait.field("wait_began", wait.began);
    of_wait.field("wait_not_before", wait.not_before);
    of_wait.field("wait_kind", wait.kind);
    of_wait.field("wait_by_operator", wait.by_operator);
  });
  row.field("heard", it.heard);
  row.json("declared", it.declaration);
  row.json("operator", it.set);
  row.json("changes", it.changes);
  row.field("is_flapping", it.is_flapping);
  row.json("left_behind", it.detached);
  row.json("conflicts", it.conflicts);
  row.field("muted_until", it.muted_until);
}

/// Of the same table, behind those: what a device's record doesn't have, and the bridge doesn't load. It is
/// only written; `Record` is ContactFacts.
template <typename Archive, typename Record>
void fact_fields(Archive& row, Record& it) {
  row.row_time("first_contact", it.first_contact);
  row.row_time("last_connect", it.last_connect);
  row.row_time("last_disconnect", it.last_disconnect);
  row.row_time("last_report", it.last_report);
}

/// `Record` is TimelineEntry.
template <typename Archive, typename Record>
void row_fields(Archive& row, Record& it) {
  row.field("seq", it.seq);
  row.text("device", it.device);
  row.row_time("at", it.at);
  row.field("from_status", it.from);
  row.text("to_status", it.to);
  row.text("kind", it.kind);
  row.text("cause", it.cause);
  row.field("graceful", it.graceful);
  row.field("broker", it.broker);
  row.field("client_id", it.client_id);
  row.field("address", it.address);
  row.field("is_hidden", it.is_hidden);
}

/// `Record` is BrokerRecord.
template <typename Archive, typename Record>
void broker_fields(Archive& row, Record& it) {
  row.text("name", it.name);
  row.bits("boot", it.boot);
  row.field("known_through", it.known_through);
  row.field("last_contact", it.last_contact);
  row.field("lost_at", it.lost_at);
  row.field("settled_seq", it.acked_seq);
  row.template group<5>(it.outage, [](auto& of_outage, auto& outage) {
    of_outage.field("outage_began", outage.began);
    of_outage.field("outage_back_at", outage.back_at);
    of_outage.field("outage_grace_ends", outage.grace_ends);
    of_outage.field("outage_affected", outage.affected);
    of_outage.field("outage_back", outage.back);
  });
  row.field("known_stall", it.known_stall);
  auto stall = it.outage ? it.outage->stall : std::nullopt;
  row.template group<2>(stall, [](auto& of_stall, auto& its) {
    of_stall.field("stall_began", its.began);
    of_stall.field("stall_losses_until", its.losses_until);
  });
  if constexpr (Archive::kIsReading) {
    if (it.outage) it.outage->stall = stall;
  }
  row.field("clock_offset", it.clock_offset);
}

/// The names of a table's columns, as its list has them.
template <typename Record, typename List>
std::vector<std::string_view> columns_of(const List& list) {
  FieldNames names;
  const Record some{};
  list(names, some);
  return std::move(names.names);
}

inline std::vector<std::string_view> device_columns() {
  return columns_of<DeviceRecord>([](auto& row, auto& it) { device_fields(row, it); });
}
inline std::vector<std::string_view> fact_columns() {
  return columns_of<ContactFacts>([](auto& row, auto& it) { fact_fields(row, it); });
}
inline std::vector<std::string_view> row_columns() {
  return columns_of<TimelineEntry>([](auto& row, auto& it) { row_fields(row, it); });
}
inline std::vector<std::string_view> broker_columns() {
  return columns_of<BrokerRecord>([](auto& row, auto& it) { broker_fields(row, it); });
}

}  // namespace rollcall
