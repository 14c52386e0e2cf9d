// SPDX-License-Identifier: Apache-2.0
// What runs in the bridge beside the engine, on the same thread and clock: it hears of the engine's effects,
// may wait for times of its own, and keeps things in the store, in the same batches as the devices.
// Notifications are such. Bridge::add_feature() takes it.
#pragma once

#include "base/time.hpp"
#include "bridge/core/config/config.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/pipeline/effect_consumer.hpp"
#include "bridge/core/store/store.hpp"

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

  /// The wall clock was set by `by`, and says `now`.
  virtual void clock_stepped(Millis /*by*/, Time /*now*/) {}
  /// The bridge goes on with another configuration: where the one before was.
  virtual void reload(const Config& /*config*/, Time /*now*/) {}
};

}  // namespace rollcall
