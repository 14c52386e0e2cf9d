// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_commands.hpp"

#include <utility>

#include "bridge/adapters/sqlite/sqlite_columns.hpp"

namespace rollcall {

CommandWriter::CommandWriter(Database& database)
    : remove_(database, "DELETE FROM command WHERE device = ? AND topic = ?"),
      command_(database,
               "INSERT INTO command (device, topic, payload, properties, qos, at, expires, has_own_expiry, "
               "boot, number, position) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      source_(database,
              "INSERT INTO command_source (broker, boot, number) VALUES (?, ?, ?) "
              "ON CONFLICT (broker) DO UPDATE SET boot = excluded.boot, number = excluded.number") {}

void CommandWriter::write(const StoreBatch& batch) {
  const auto remove = [this](const std::string& device, const std::string& topic) {
    Parameters out(remove_);
    out.text(device);
    out.text(topic);
    remove_.run();
  };
  for (const auto& [device, topic] : batch.removed_commands) remove(device, topic);
  for (const auto& each : batch.commands) {
    remove(each.device, each.topic);
    Parameters out(command_);
    out.text(each.device);
    out.text(each.topic);
    out.bytes(each.payload);
    out.bytes(each.properties);
    out.number(each.qos);
    out.time(each.at);
    out.time(each.expires);
    out.boolean(each.has_own_expiry);
    out.bits(each.boot);
    out.count(each.number);
    out.count(each.order);
    command_.run();
  }
  for (const auto& each : batch.command_sources) {
    Parameters out(source_);
    out.text(each.broker);
    out.bits(each.boot);
    out.count(each.number);
    source_.run();
  }
}

std::vector<CommandRecord> read_commands(Database& database) {
  std::vector<CommandRecord> commands;
  Statement found(
      database,
      "SELECT device, topic, payload, properties, qos, at, expires, has_own_expiry, boot, number, "
      "position FROM command ORDER BY position");
  while (found.step()) {
    Columns in(found, "command");
    auto& command = commands.emplace_back();
    command.device = in.text();
    command.topic = in.text();
    command.payload = in.text();
    command.properties = in.text();
    command.qos = static_cast<int>(in.count());
    if (command.qos > 2) in.refuse("is no QoS");
    command.at = in.time();
    command.expires = in.time();
    command.has_own_expiry = in.boolean();
    command.boot = in.bits();
    command.number = in.count();
    command.order = in.count();
  }
  return commands;
}

std::vector<CommandSource> read_command_sources(Database& database) {
  std::vector<CommandSource> sources;
  Statement found(database, "SELECT broker, boot, number FROM command_source");
  while (found.step()) {
    Columns in(found, "command_source");
    auto& source = sources.emplace_back();
    source.broker = in.text();
    source.boot = in.bits();
    source.number = in.count();
  }
  return sources;
}

}  // namespace rollcall
