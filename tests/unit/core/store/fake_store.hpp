// SPDX-License-Identifier: Apache-2.0
// A store in memory, for tests: takes batches, fails when it is told to, and gives back what it holds as one
// that is opened again does. Whoever drives it decides when a write ends.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall::test {

class FakeStore : public Store {
 public:
  void begin_write(std::shared_ptr<const StoreBatch> batch) override {
    if (under_way) ++overlaps;
    under_way = std::move(batch);
    ++writes;
  }

  /// Lets the write that is under way end; nothing: none is.
  std::optional<Result<void>> end_write() {
    if (!under_way) return std::nullopt;
    const auto batch = std::exchange(under_way, nullptr);
    const bool is_chosen = ++ended == fail_write_number;
    if (fail_writes > 0 || is_chosen) {
      if (!is_chosen) --fail_writes;
      return Result<void>(fail("the disk is full"));
    }
    take(*batch);
    return Result<void>();
  }

  /// What a bridge finds that opens it after the one before has died.
  StoredState open() {
    under_way = nullptr;
    StoredState state;
    state.instance = 7;
    state.is_new = writes == 0;
    state.reserved_seq = ceiling;
    state.is_complete = is_complete;
    state.row_clock = row_clock;
    state.last_batch = last_batch;
    state.templates = templates;
    for (const auto& [order, command] : commands_in_order()) state.commands.push_back(command);
    for (const auto& [broker, source] : command_sources) state.command_sources.push_back(source);
    for (const auto& [name, record] : notify_devices) state.notify.devices.push_back(record);
    for (const auto& [id, record] : incidents) state.notify.incidents.push_back(record);
    std::uint64_t acked_seq = UINT64_MAX;
    for (const auto& [name, broker] : brokers) {
      state.brokers.push_back(broker);
      acked_seq = std::min(acked_seq, broker.acked_seq);
    }
    for (const auto& name : order) {
      const auto found = devices.find(name);
      if (found != devices.end()) state.devices.push_back(found->second);
    }
    for (const auto& [seq, row] : rows) {
      if (seq > acked_seq && !row.is_hidden) state.unacknowledged.push_back(row);
    }
    return state;
  }

  std::map<std::string, DeviceRecord> devices;
  std::vector<std::string> order;
  std::map<std::uint64_t, TimelineEntry> rows;
  std::map<std::string, ContactFacts> facts;
  std::vector<FleetSample> fleet;
  std::map<std::pair<std::string, std::string>, CommandRecord> commands;  ///< by device and topic
  std::map<std::string, CommandSource> command_sources;
  std::map<std::string, BrokerRecord> brokers;
  std::map<std::string, NotifyRecord> notify_devices;
  std::map<std::string, IncidentRecord> incidents;
  std::map<std::string, std::uint64_t> templates;
  std::uint64_t ceiling = 0;
  bool is_complete = false;
  Millis row_clock{0};
  std::uint64_t last_batch = 0;
  std::shared_ptr<const StoreBatch> under_way;
  int fail_writes = 0;        ///< how many from now on
  int fail_write_number = 0;  ///< that one alone, counted from 1
  int writes = 0, ended = 0, overlaps = 0;

 private:
  std::map<std::uint64_t, CommandRecord> commands_in_order() const {
    std::map<std::uint64_t, CommandRecord> in_order;
    for (const auto& [key, command] : commands) in_order.emplace(command.order, command);
    return in_order;
  }
  /// Times as they are when they come: clock steps are none of its business.
  void add(const ContactFacts& news) {
    ContactFacts& known = facts[news.device];
    known.device = news.device;
    if (!known.first_contact) known.first_contact = news.first_contact;
    if (news.last_connect) known.last_connect = news.last_connect;
    if (news.last_disconnect) known.last_disconnect = news.last_disconnect;
    if (news.last_report) known.last_report = news.last_report;
    for (const auto& [day, count] : news.disconnects) known.disconnects[day] += count;
  }
  void take(const StoreBatch& batch) {
    for (const auto& device : batch.devices) {
      if (!devices.contains(device.device)) order.push_back(device.device);
      devices[device.device] = device;
      if (device.is_forgotten) facts.erase(device.device);
    }
    if (batch.number > last_batch) {
      for (const auto& each : batch.facts) add(each);
    }
    last_batch = batch.number;
    fleet.insert(fleet.end(), batch.fleet.begin(), batch.fleet.end());
    for (const auto& device : batch.removed) {
      devices.erase(device);
      std::erase(order, device);
    }
    for (auto& [seq, row] : rows) row.at += batch.row_clock - row_clock;
    row_clock = batch.row_clock;
    for (const auto& row : batch.rows) rows[row.seq] = row;
    for (auto row = rows.rbegin(); batch.no_rows_after && row != rows.rend(); ++row) {
      if (row->second.at <= *batch.no_rows_after) break;
      row->second.at = *batch.no_rows_after;
    }
    for (const auto& key : batch.removed_commands) commands.erase(key);
    for (const auto& each : batch.commands) commands[{each.device, each.topic}] = each;
    for (const auto& each : batch.command_sources) command_sources[each.broker] = each;
    for (const auto& broker : batch.brokers) brokers[broker.name] = broker;
    for (const auto& record : batch.notify.devices) notify_devices[record.device] = record;
    for (const auto& device : batch.notify.removed) notify_devices.erase(device);
    for (const auto& record : batch.notify.incidents) incidents[record.id] = record;
    for (const auto& id : batch.notify.ended) incidents.erase(id);
    if (!batch.templates.empty()) templates = batch.templates;
    ceiling = batch.reserved_seq;
    is_complete = batch.is_last;
  }
};

}  // namespace rollcall::test
