// SPDX-License-Identifier: Apache-2.0
// What runs in the bridge beside the engine, on the same thread and clock: it hears of the engine's effects,
// may wait for times of its own, and keeps things in the store, in the same batches as the devices.
// Notifications are such. Bridge::add_feature() takes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "bridge/core/config/config.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/pipeline/effect_consumer.hpp"
#include "bridge/core/session/session_events.hpp"
#include "bridge/core/store/store.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall {

/// What it does of its own it does in advance(); the functions of effects only collect. It must not call the
/// bridge. What was stored of it, it gets as it is made. Not thread safe.
class Feature : public EffectConsumer {
 public:
  /// After each call of the engine, and when next_deadline() has come. Of the rows of a device that came
  /// since the last call, all but the last may be what it catches up with (rule 12).
  virtual void advance(const Engine& engine, Time now) = 0;
  /// Time::max(): it waits for nothing.
  virtual Time next_deadline() const { return Time::max(); }

  /// Whether it has something for the store.
  virtual bool has_changes() const { return false; }
  /// Moves it there. The batch is written until it is stored, and there is one at a time.
  virtual void add_changes(StoreBatch& /*batch*/) {}
  /// What add_changes() moved is stored.
  virtual void stored(Time /*now*/) {}

  // What passes between it and the plugins: the functions of events only collect.
  /// The plugin at this broker has answered a greeting: whatever was asked before may be lost.
  virtual void greeted(std::uint32_t /*broker*/) {}
  /// Its snapshot is complete: what it told before may have been lost.
  virtual void synced(std::uint32_t /*broker*/, std::uint64_t /*boot*/) {}
  virtual void command_taken(std::uint32_t /*broker*/, const session_event::CommandTaken& /*event*/) {}
  virtual void command_delivered(std::uint32_t /*broker*/, const session_event::CommandDelivered& /*event*/) {
  }
  virtual void client_subscribed(std::uint32_t /*broker*/, const session_event::ClientSubscribed& /*event*/) {
  }
  virtual void commands_counted(std::uint32_t /*broker*/, const session_event::CommandsCounted& /*event*/) {}
  /// Returns what to ask the plugin next; nothing: nothing now. No more than `most_bytes`. Valid until the
  /// next call.
  virtual std::optional<RequestBody> next_request(std::uint32_t /*broker*/, std::size_t /*most_bytes*/,
                                                  Time /*now*/) {
    return std::nullopt;
  }
  /// How many commands are kept for a device; with advance(), of those where that has changed.
  struct Queued {
    std::string device;
    std::size_t count = 0;
  };
  virtual std::vector<Queued> take_queued() { return {}; }

  /// The wall clock was set by `by`, and says `now`.
  virtual void clock_stepped(Millis /*by*/, Time /*now*/) {}
  /// The bridge goes on with another configuration: where the one before was.
  virtual void reload(const Config& /*config*/, Time /*now*/) {}
};

}  // namespace rollcall
