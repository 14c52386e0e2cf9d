// SPDX-License-Identifier: Apache-2.0
// Requests on `$CONTROL/rollcall/v1`: what the bridge asks of the plugin. Format and rules: docs/protocol.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "topics/identity/command_topic.hpp"
#include "topics/identity/device_rule.hpp"
#include "topics/protocol/command.hpp"

namespace rollcall {

inline constexpr std::uint8_t kRequestVersion = 5;
inline constexpr std::size_t kMaxPublicationsPerRequest = 256;
inline constexpr std::size_t kMaxRequestBytes = 256UL * 1024;
/// Of the request Rules.
inline constexpr std::size_t kMaxRules = 10'000;
inline constexpr std::size_t kMaxNames = 10'000;  ///< templates, and reporters

namespace request {

/// Begins a session. Its number is the session's first; requests that were under way before it are forgotten.
struct Hello {
  std::string_view topic_prefix;  ///< the bridge's: the plugin compares it with its own
  std::uint64_t instance = 0;     ///< which bridge this is: the same after each of its restarts
  bool take_over = false;         ///< even if another instance is being served
  bool operator==(const Hello&) const = default;
};
/// One page of a snapshot. All cursors zero: from its beginning; else what SnapshotMore said.
struct Snapshot {
  std::uint64_t snapshot = 0;  ///< chosen by the bridge; comes back in the records that frame the rows
  std::uint64_t past_cursor = 0, live_cursor = 0;
  bool in_live = false;
  std::uint64_t report_cursor = 0;  ///< reports up to this number are known, from the first page on
  bool operator==(const Snapshot&) const = default;
};
/// One message to publish inside the broker.
struct Publication {
  std::string_view topic, payload;
  std::uint8_t qos = 0;
  bool retain = false;
  bool operator==(const Publication&) const = default;
};
struct Publish {
  std::vector<Publication> publications;
  bool operator==(const Publish&) const = default;
};
/// Asks for a sign of life.
struct Ping {
  bool operator==(const Ping&) const = default;
};

/// What the bridge goes by when it says whose device is whose. They hold until the next ones come, also while
/// no bridge is connected.
struct Rules {
  std::vector<DeviceRule> rules;       ///< in their order
  std::vector<std::string> templates;  ///< the names of those that are defined
  std::vector<std::string> reporters;  ///< users who may write ds/report/{device}
  bool wants_activity = false;         ///< whether to tell Active and ActiveUntil
  bool operator==(const Rules&) const = default;
};

/// Begins the table of who may be sent commands anew: what follows it by DeviceCommands, up to the last one,
/// takes the place of the table that holds until then. Without topics nothing follows, and the table is empty
/// at once.
struct CommandTopics {
  std::vector<CommandTopic> topics;  ///< of all templates; at most kMaxCommandTopics
  bool operator==(const CommandTopics&) const = default;
};
/// What happens to messages that are sent to a device.
enum class CommandRule : std::uint8_t { allow = 0, deny = 1, queue = 2 };
/// Of one device.
struct DeviceCommand {
  std::string_view device;     ///< encoded, as it stands in topics
  std::string_view client_id;  ///< of its client: what the broker itself gives to it isn't queued
  std::uint64_t topics = 0;    ///< which ones of CommandTopics are the device's: bit 0 is the first
  CommandRule rule = CommandRule::allow;  ///< allow: the same as not in the table
  bool operator==(const DeviceCommand&) const = default;
};
struct DeviceCommands {
  std::vector<DeviceCommand> devices;  ///< at most kMaxPublicationsPerRequest
  bool is_last = false;                ///< of those that follow CommandTopics: from now on they hold
  bool operator==(const DeviceCommands&) const = default;
};
/// Gives a command that was kept to one client, if it has subscribed to its topic; the answer is Delivered.
/// One that was delivered already isn't once more.
struct DeliverCommand {
  CommandId id;
  std::string_view client_id;
  CommandMessage message;
  bool operator==(const DeliverCommand&) const = default;
};
/// Commands up to this number are kept by the bridge.
struct CommandsKept {
  std::uint64_t through = 0;
  bool again = false;  ///< tell all later ones, whether they were told or not
  bool operator==(const CommandsKept&) const = default;
};

}  // namespace request

using RequestBody = std::variant<request::Hello, request::Snapshot, request::Publish, request::Ping,
                                 request::Rules, request::CommandTopics, request::DeviceCommands,
                                 request::DeliverCommand, request::CommandsKept>;

struct Request {
  std::uint32_t session = 0;  ///< drawn by the bridge; never 0
  std::uint64_t number = 0;   ///< 1, 2, 3… within the session; carried out in this order, each once
  RequestBody body;           ///< its views are into the decoded bytes
};

std::string encode_request(const Request& request);

/// The error says what is wrong with the bytes, limits above included.
Result<Request> decode_request(std::string_view bytes);

}  // namespace rollcall
