// SPDX-License-Identifier: Apache-2.0
// Gives commands that were kept to the one client that they are for. They are published like any message, so
// that the client's subscriptions and the broker's own access checks count, and everybody else is refused
// when the broker asks who may read them. Runs on the broker's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "plugin/broker.hpp"
#include "topics/protocol/requests.hpp"
#include "topics/protocol/stream.hpp"

namespace rollcall::plugin {

/// Under way at once; and delivered ones that are remembered, so that none is delivered twice.
inline constexpr std::size_t kMaxCommandsUnderWay = 64;
inline constexpr std::size_t kMaxRememberedCommands = 100'000;

class CommandDelivery {
 public:
  using Emit = std::function<void(const stream::Delivered&)>;
  /// `emit` is called from within deliver() and end_turn(). `broker` must outlive it.
  CommandDelivery(Broker& broker, Emit emit) : broker_(broker), emit_(std::move(emit)) {}

  /// Returns false if there is no room now. The answer is emitted when it is known.
  bool deliver(const request::DeliverCommand& command);

  /// False: read() need not be called.
  bool is_under_way() const { return !under_way_.empty(); }
  enum class Read { not_ours, its_own, not_for_it };
  /// The broker asks whether `client` may read this message.
  Read read(ClientHandle client, std::string_view topic, std::string_view payload);

  /// A turn of the broker's loop is over. Without ticks: a request has come.
  void end_turn(bool is_tick);

 private:
  struct UnderWay {
    CommandId id;
    std::string client_id, topic, payload;
    Millis at{0};
    int ticks = 0;
    bool was_read = false;
  };
  struct IdHash {
    std::size_t operator()(const CommandId& id) const {
      constexpr std::uint64_t kGolden = 0x9E37'79B9'7F4A'7C15;
      return (id.boot ^ (id.number * kGolden)) * kGolden;
    }
  };
  void remember(const CommandId& id);

  Broker& broker_;
  Emit emit_;
  std::deque<UnderWay> under_way_;
  std::unordered_set<CommandId, IdHash> delivered_;
  std::deque<CommandId> order_;  // of delivered_
};

}  // namespace rollcall::plugin
