// SPDX-License-Identifier: Apache-2.0
// ds/fleet: how many devices are in which status, published once a second at most, and only when it differs.
// Pure, not thread safe.
#pragma once

#include <string>

#include "base/time.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/pipeline/effect_consumer.hpp"
#include "bridge/core/pipeline/publisher.hpp"
#include "topics/names.hpp"

namespace rollcall {

class FleetSummary final : public EffectConsumer {
 public:
  /// Both must outlive this.
  FleetSummary(const TopicNames& topics, Publisher& publisher) : topics_(topics), publisher_(publisher) {}

  void status_changed(const StatusChanged& /*effect*/, EffectPayload& /*payload*/) override { mark_stale(); }
  void device_forgotten(const DeviceForgotten& /*effect*/) override { mark_stale(); }

  /// The counts may have changed.
  void mark_stale() { is_stale_ = true; }
  /// Publishes the engine's counts if they have changed and the last ones are a second old.
  void publish(const Engine& engine, Time now);
  /// When publish() is due next; Time::max(): nothing has changed.
  Time next_deadline() const;
  /// The wall clock was set by `by`.
  void clock_stepped(Millis by);

  /// The last payload that was published; empty: none.
  const std::string& payload() const { return payload_; }

 private:
  const TopicNames& topics_;
  Publisher& publisher_;
  std::string payload_;
  Time published_{};
  bool is_stale_ = true;
};

}  // namespace rollcall
