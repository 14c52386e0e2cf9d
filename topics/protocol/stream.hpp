// SPDX-License-Identifier: Apache-2.0
// The event stream `$ds/event`: what the plugin tells the bridge. Format and rules: docs/protocol.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/cause.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "topics/protocol/command.hpp"

namespace rollcall {

inline constexpr std::uint8_t kStreamVersion = 5;

/// Who a connection is and what was agreed with it. Views must outlive their use.
struct ConnectionFacts {
  std::string_view client_id, username, address;
  bool has_username = false;
  std::uint8_t protocol = 0;    ///< 3 (MQTT 3.1), 4 (3.1.1), 5
  std::uint16_t keepalive = 0;  ///< agreed, seconds; 0: none
  bool clean_session = true;

  bool operator==(const ConnectionFacts&) const = default;
};

/// Times are the plugin's monotonic clock, as is the header's: their difference is an age, which doesn't grow
/// while a message is on its way, and which no wrong wall clock can spoil.
namespace stream {

/// The plugin's answer to `hello`: first of a session.
struct Hello {
  std::string_view plugin_version, broker_name;
  bool knows_causes = false;  ///< the broker tells causes by itself (2.1), no log lines are needed
  bool has_ticks = true;      ///< false: nothing happens in the plugin unless a callback comes: ask it often
  std::uint32_t previous_session = 0;  ///< the session before this one, and how far it came
  std::uint64_t previous_done = 0;
  Millis started_at{0};         ///< when the broker loaded the plugin: this boot began
  Millis activity_interval{0};  ///< how often ActiveUntil comes, where it is asked for; 0: never
  bool operator==(const Hello&) const = default;
};
/// A connection began.
struct Opened {
  std::uint64_t connection = 0;
  Millis at{0};
  ConnectionFacts facts;
  bool operator==(const Opened&) const = default;
};
/// It ended.
struct Ended {
  std::uint64_t connection = 0;
  Millis at{0};
  Cause cause = Cause::unknown;
  bool will_sent = false;
  bool operator==(const Ended&) const = default;
};
/// The broker was away in between: it stood still, or (at one moment) its wall clock was stepped. Keepalive
/// losses that it found until then weren't the devices' fault, and are told as broker_lost. It may have been
/// told before.
struct StoodStill {
  Millis from{0}, until{0};
  Millis losses_until{0};
  bool operator==(const StoodStill&) const = default;
};
/// A snapshot begins: connections above `highest_connection` are told by Opened, not by rows.
struct SnapshotBegin {
  std::uint64_t snapshot = 0;  ///< as asked for
  std::uint64_t highest_connection = 0;
  bool operator==(const SnapshotBegin&) const = default;
};
/// A row of the snapshot: this connection is live.
struct Live {
  std::uint64_t connection = 0;
  Millis opened_at{0};
  ConnectionFacts facts;
  bool operator==(const Live&) const = default;
};
/// A row of the snapshot: the latest connection of a client id that has ended. It may have been told as Ended
/// too.
struct Past {
  std::uint64_t connection = 0;
  Millis opened_at{0}, ended_at{0};
  Cause cause = Cause::unknown;
  bool will_sent = false;
  ConnectionFacts facts;
  bool operator==(const Past&) const = default;
};
/// There is more: ask again with this cursor.
struct SnapshotMore {
  std::uint64_t snapshot = 0;
  std::uint64_t past_cursor = 0, live_cursor = 0;
  bool in_live = false;
  std::uint64_t report_cursor = 0;
  bool operator==(const SnapshotMore&) const = default;
};
/// All rows have been told. What the bridge holds as live, up to the begin's highest connection, and what no
/// row named, is gone.
struct SnapshotEnd {
  std::uint64_t snapshot = 0;
  bool operator==(const SnapshotEnd&) const = default;
};

/// Not of the numbered stream: to the session in the header, which isn't served, or not any more, because
/// that of another bridge is.
struct Displaced {
  std::string_view client_id, address;  ///< the other bridge's
  bool operator==(const Displaced&) const = default;
};

/// A message of this connection was accepted, the latest as far as is told here at `at`. It may have been
/// told before.
struct Active {
  std::uint64_t connection = 0;
  Millis at{0};
  bool operator==(const Active&) const = default;
};
/// Every connection's latest activity up to `at` has been told.
struct ActiveUntil {
  Millis at{0};
  bool operator==(const ActiveUntil&) const = default;
};
/// What a device said on ds/declare/{device} by this connection. It may have been told before.
struct Declared {
  std::uint64_t connection = 0;
  Millis at{0};
  std::string_view payload;  ///< of a longer one kMaxDeclarationBytes + 1
  bool operator==(const Declared&) const = default;
};
/// A message that is a report about a device, by ds/report/{device} or a rule with `report_topic`.
struct Reported {
  std::uint64_t number = 0;  ///< grows within a boot, in the order in which they are told first
  Millis at{0};
  std::string_view topic;
  std::string_view client_id, username, address;  ///< who published it; empty for ds/report/{device}
  bool operator==(const Reported&) const = default;
};
/// Whether causes can be known. Told behind each SnapshotBegin, and on change.
struct CauseLogState {
  CauseLog log = CauseLog::complete;
  bool operator==(const CauseLogState&) const = default;
};

/// A message that was published for a device whose commands are queued, the latest on its topic. It may have
/// been told before.
struct Command {
  std::uint64_t number = 0;  ///< grows within a boot
  Millis at{0};
  std::string_view device;  ///< encoded
  /// The broker itself has given it to the device's client: nothing is kept, and what was kept of this topic
  /// is out of date. It has no payload then.
  bool is_passed = false;
  CommandMessage message;
  bool operator==(const Command&) const = default;
};
/// The answer to DeliverCommand.
struct Delivered {
  CommandId id;
  bool is_done = false;  ///< false: the client hasn't subscribed to its topic, or isn't there
  bool operator==(const Delivered&) const = default;
};
/// A client of a device whose commands are queued has asked for a subscription.
struct Subscribed {
  std::uint64_t connection = 0;
  bool operator==(const Subscribed&) const = default;
};
/// What has become of messages to devices that aren't queued, since the boot began.
struct CommandCounts {
  std::uint64_t denied = 0;
  std::uint64_t dropped = 0;  ///< too large, too often, or too many while no bridge took them
  bool operator==(const CommandCounts&) const = default;
};

}  // namespace stream

using StreamRecord =
    std::variant<stream::Hello, stream::Opened, stream::Ended, stream::SnapshotBegin, stream::Live,
                 stream::Past, stream::SnapshotMore, stream::SnapshotEnd, stream::Displaced, stream::Active,
                 stream::ActiveUntil, stream::Declared, stream::Reported, stream::CauseLogState,
                 stream::StoodStill, stream::Command, stream::Delivered, stream::Subscribed,
                 stream::CommandCounts>;

/// In front of every message. A message without records is a heartbeat.
struct StreamHeader {
  std::uint64_t boot = 0;          ///< drawn at random when the broker loads the plugin
  std::uint64_t clock_ms = 0;      ///< the plugin's monotonic clock when the message was made
  std::uint32_t session = 0;       ///< of the last `hello`; 0: none yet
  std::uint64_t last_request = 0;  ///< the last request of that session that has been carried out
  std::uint64_t first_number = 0;  ///< of the first record; without records: of the next one to come
};

/// Collects records into one message. Reused: clear() keeps the memory.
class StreamBatch {
 public:
  void add(const StreamRecord& record);
  std::size_t count() const { return count_; }
  std::size_t size_bytes() const { return records_.size(); }
  bool is_full() const { return count_ == UINT16_MAX; }
  void clear();
  std::string message(const StreamHeader& header) const;

 private:
  std::string records_;
  std::uint16_t count_ = 0;
};

struct StreamMessage {
  StreamHeader header;
  std::vector<StreamRecord> records;  ///< views into the decoded bytes
};

/// The error says what is wrong with the bytes; a version that isn't kStreamVersion is one.
Result<StreamMessage> decode_stream_message(std::string_view bytes);

}  // namespace rollcall
