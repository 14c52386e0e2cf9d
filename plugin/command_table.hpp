// SPDX-License-Identifier: Apache-2.0
// What happens to messages on devices' command topics, as the bridge has said: refused, or kept for devices
// that are away. Holds until the bridge says otherwise, also while none is there. Runs on the broker's
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tsl/robin_map.h>

#include "base/keyed_hash.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall::plugin {

/// Devices in the table, and the bytes of their names. What is beyond either isn't in it: allowed.
inline constexpr std::size_t kMaxCommandDevices = 1'000'000;
inline constexpr std::size_t kMaxCommandTableBytes = 256UL * 1024 * 1024;

class CommandTable {
 public:
  struct Entry {
    std::string client_id;
    std::uint64_t topics = 0;
    request::CommandRule rule = request::CommandRule::allow;
  };
  struct Found {
    std::string_view device;  ///< encoded; a view of the topic
    const Entry& entry;
  };

  /// False: no device is in the table, and find() need not be called.
  bool is_on() const { return !table_.devices.empty(); }

  /// False: of no device commands are queued.
  bool has_queued() const { return table_.queued > 0; }

  /// The device that a message on `topic` is for; nothing: for none of those in the table. One look-up,
  /// allocates nothing.
  std::optional<Found> find(std::string_view topic) const;

  /// True if a device whose commands are queued has this client. Not for every message.
  bool is_queued_client(std::string_view client_id) const;

  /// Another table is collected from now on, which takes the place of this one with the last change.
  /// Without topics this one is empty at once.
  void begin(std::vector<CommandTopic> topics);
  void change(const request::DeviceCommands& changes);

  std::size_t count() const { return table_.devices.size(); }
  /// Counts devices for which there was no room.
  std::uint64_t left_out_count() const { return left_out_; }

 private:
  using Devices = tsl::robin_map<std::string, Entry, KeyedHash, std::equal_to<>>;
  using Clients = tsl::robin_map<std::string, std::size_t, KeyedHash, std::equal_to<>>;
  struct Table {
    std::vector<CommandTopic> topics;
    Devices devices;
    Clients queued_clients;  // and of how many devices
    std::size_t bytes = 0, queued = 0;
  };

  void change(Table& table, const request::DeviceCommand& change);
  static void remove(Table& table, Devices::iterator device);

  Table table_;
  std::unique_ptr<Table> next_;  // being collected; nullptr: none is
  std::uint64_t left_out_ = 0;
};

}  // namespace rollcall::plugin
