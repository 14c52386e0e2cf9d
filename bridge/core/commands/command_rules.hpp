// SPDX-License-Identifier: Apache-2.0
// The table of who may be sent commands, as each broker's plugin is to have it: all of it behind a greeting,
// then what changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/keyed_hash.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall {

/// What holds for one device.
struct CommandTarget {
  request::CommandRule rule = request::CommandRule::allow;
  std::uint64_t topics = 0;
  std::string client_id;
  bool operator==(const CommandTarget&) const = default;
};

/// Pure. Not thread safe.
class CommandRules {
 public:
  explicit CommandRules(std::size_t brokers) : plugins_(brokers) {}

  /// All plugins are to have another table. Empty until set().
  void begin(std::vector<CommandTopic> topics);
  /// `device` is encoded. A rule `allow` takes it out of the table.
  void set(const std::string& device, CommandTarget target);

  /// The plugin has the table that it was told last, or none: all of it is to be sent again.
  void greeted(std::uint32_t broker) { plugins_[broker] = {}; }
  /// Returns what to send next; nothing: it has all. Valid until the next call.
  std::optional<RequestBody> next_request(std::uint32_t broker);

 private:
  struct Plugin {
    bool has_topics = false;        // it was sent CommandTopics
    bool is_complete = false;       // and the last of DeviceCommands
    std::set<std::string> waiting;  // devices to be sent
  };

  std::vector<CommandTopic> topics_;
  std::unordered_map<std::string, CommandTarget, KeyedHash, std::equal_to<>> targets_;
  std::vector<Plugin> plugins_;    // by broker
  std::vector<std::string> sent_;  // names that the last request has views of
};

}  // namespace rollcall
