// SPDX-License-Identifier: Apache-2.0
// What the bridge itself does about effects: publish them, and store the timeline's rows.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "bridge/core/pipeline/effect_consumer.hpp"
#include "bridge/core/pipeline/publisher.hpp"
#include "bridge/core/store/write_queue.hpp"
#include "topics/names.hpp"

namespace rollcall {

/// Publishes statuses, incidents and refused declarations.
class TopicConsumer final : public EffectConsumer {
 public:
  /// Both must outlive this.
  TopicConsumer(const TopicNames& topics, Publisher& publisher) : topics_(topics), publisher_(publisher) {}

  void status_changed(const StatusChanged& effect, EffectPayload& payload) override;
  void incident_ended(const IncidentEnded& effect, EffectPayload& payload) override;
  void declaration_refused(const DeclarationRefused& effect, EffectPayload& payload) override;

 private:
  const TopicNames& topics_;
  Publisher& publisher_;
};

/// Publishes rows that are on the timeline, and hands them to the store.
class TimelineConsumer final : public EffectConsumer {
 public:
  /// All must outlive this.
  TimelineConsumer(const TopicNames& topics, Publisher& publisher, StoreQueue& store)
      : topics_(topics), publisher_(publisher), store_(store) {}

  void row_added(const RowAdded& effect, EffectPayload& payload) override;
  void device_forgotten(const DeviceForgotten& effect) override;

 private:
  const TopicNames& topics_;
  Publisher& publisher_;
  StoreQueue& store_;
};

/// Logs the outages of brokers, once they are over.
class IncidentLog final : public EffectConsumer {
 public:
  explicit IncidentLog(std::function<void(const std::string& line)> log) : log_(std::move(log)) {}

  void incident_ended(const IncidentEnded& effect, EffectPayload& payload) override;

 private:
  std::function<void(const std::string& line)> log_;
};

}  // namespace rollcall
