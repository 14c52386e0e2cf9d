// SPDX-License-Identifier: Apache-2.0
// Messages to devices that are away, until the bridge keeps them: the latest on each topic. What the broker
// itself gives to the device's client isn't kept: whether it does shows only after the message, when the
// broker asks whether the client may read it. Runs on the broker's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/keyed_hash.hpp"
#include "base/time.hpp"
#include "plugin/rate_limit.hpp"
#include "topics/protocol/stream.hpp"

namespace rollcall::plugin {

/// Messages that wait for a bridge: beyond either the oldest is dropped.
inline constexpr std::size_t kMaxLoggedCommands = 10'000;
inline constexpr std::size_t kMaxLoggedCommandBytes = 16UL * 1024 * 1024;

/// Messages of one connection; what comes more often is dropped.
inline constexpr Rate kCommandRate{Millis{10}, 1000};

/// The broker gives a message of QoS 2 to subscribers only when its publisher has released it.
inline constexpr Millis kReleasedWithin{5000};

class CommandLog {
 public:
  /// A message came at `at` for this device, whose client is `client_id`. `of_publisher`: counts its
  /// messages. The broker may pass on the same message several times, one directly behind the other.
  void note(std::string_view device, std::string_view client_id, const CommandMessage& message, Millis at,
            RateLimit& of_publisher);

  /// False: read() need not be called.
  bool is_unsettled() const { return !unsettled_.empty(); }
  /// The broker is about to give a message on this topic to this client.
  void read(std::string_view client_id, std::string_view topic);
  /// A turn of the broker's loop is over.
  void settle(Millis now);

  using Emit = std::function<void(const stream::Command&)>;
  /// Emits what wasn't emitted yet, a limited part of it.
  void emit(const Emit& emit);
  bool has_unemitted() const { return emitted_ < last_number_; }

  /// The bridge keeps all up to `through`. `again`: all later ones are to be emitted again.
  void kept(std::uint64_t through, bool again);

  std::uint64_t dropped_count() const { return dropped_; }
  std::size_t count() const { return unsettled_.size() + settled_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Command {
    std::string device, client_id, topic, payload, properties;
    std::uint8_t qos = 0;
    std::uint32_t expires_after = 0;
    Millis at{0};
    bool is_passed = false;

    std::size_t bytes() const;
  };
  using Settled = std::map<std::uint64_t, Command>;  // by number

  void forget(Settled::iterator command);
  void bound();

  std::unordered_map<std::string, Command, KeyedHash, std::equal_to<>> unsettled_;  // by topic
  Settled settled_;
  std::unordered_map<std::string_view, std::uint64_t, KeyedHash> number_of_;  // by topic: views of settled_
  std::uint64_t last_number_ = 0, emitted_ = 0, dropped_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace rollcall::plugin
