// SPDX-License-Identifier: Apache-2.0
#include "plugin/command_table.hpp"

#include <utility>

namespace rollcall::plugin {
namespace {

using request::CommandRule;

std::size_t bytes_of(std::string_view device, const CommandTable::Entry& entry) {
  constexpr std::size_t kNodes = 192;  // both tables, string headers: rounded up
  return kNodes + device.size() + 2 * entry.client_id.size();
}

}  // namespace

std::optional<CommandTable::Found> CommandTable::find(std::string_view topic) const {
  for (std::size_t at = 0; at < table_.topics.size(); ++at) {
    const auto device = table_.topics[at].device_in(topic);
    if (!device) continue;
    // Topics that overlap have the device in the same level: it is the same one by all of them.
    const auto found = table_.devices.find(*device);
    if (found == table_.devices.end()) return std::nullopt;
    for (auto rest = found->second.topics >> at; rest != 0; rest >>= 1U, ++at) {
      if ((rest & 1U) != 0 && table_.topics[at].device_in(topic)) return Found{*device, found->second};
    }
    return std::nullopt;
  }
  return std::nullopt;
}

bool CommandTable::is_queued_client(std::string_view client_id) const {
  return table_.queued_clients.contains(client_id);
}

void CommandTable::begin(std::vector<CommandTopic> topics) {
  if (topics.empty()) {
    table_ = {};
    next_.reset();
    return;
  }
  next_ = std::make_unique<Table>();
  next_->topics = std::move(topics);
}

void CommandTable::change(const request::DeviceCommands& changes) {
  auto& table = next_ ? *next_ : table_;
  for (const auto& each : changes.devices) change(table, each);
  if (!changes.is_last || !next_) return;
  table_ = std::move(*next_);
  next_.reset();
}

void CommandTable::change(Table& table, const request::DeviceCommand& change) {
  if (const auto known = table.devices.find(change.device); known != table.devices.end())
    remove(table, known);
  // Bits of topics that there aren't would be looked up.
  const auto count = table.topics.size();
  const auto topics =
      count < kMaxCommandTopics ? change.topics & ((std::uint64_t{1} << count) - 1) : change.topics;
  if (change.rule == CommandRule::allow || topics == 0) return;
  Entry entry{std::string(change.client_id), topics, change.rule};
  const auto bytes = bytes_of(change.device, entry);
  if (table.devices.size() >= kMaxCommandDevices || table.bytes + bytes > kMaxCommandTableBytes) {
    ++left_out_;
    return;
  }
  table.bytes += bytes;
  if (entry.rule == CommandRule::queue) ++table.queued;
  if (entry.rule == CommandRule::queue && !entry.client_id.empty()) ++table.queued_clients[entry.client_id];
  table.devices.emplace(std::string(change.device), std::move(entry));
}

void CommandTable::remove(Table& table, Devices::iterator device) {
  const auto& entry = device->second;
  table.bytes -= bytes_of(device->first, entry);
  if (entry.rule == CommandRule::queue) --table.queued;
  const auto client = table.queued_clients.find(entry.client_id);
  if (entry.rule == CommandRule::queue && client != table.queued_clients.end() && --client.value() == 0)
    table.queued_clients.erase(client);
  table.devices.erase(device);
}

}  // namespace rollcall::plugin
