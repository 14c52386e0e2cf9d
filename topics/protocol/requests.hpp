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
#include "topics/identity/device_rule.hpp"

namespace rollcall {

inline constexpr std::uint8_t kRequestVersion = 4;
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

}  // namespace request

using RequestBody =
    std::variant<request::Hello, request::Snapshot, request::Publish, request::Ping, request::Rules>;

struct Request {
  std::uint32_t session = 0;  ///< drawn by the bridge; never 0
  std::uint64_t number = 0;   ///< 1, 2, 3… within the session; carried out in this order, each once
  RequestBody body;           ///< its views are into the decoded bytes
};

std::string encode_request(const Request& request);

/// The error says what is wrong with the bytes, limits above included.
Result<Request> decode_request(std::string_view bytes);

}  // namespace rollcall
