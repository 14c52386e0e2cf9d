// SPDX-License-Identifier: Apache-2.0
// The notifications that come of a scenario. Pure, not thread safe.
#pragma once

#include <optional>

#include "bridge/core/notify/notifier.hpp"
#include "bridge/core/pipeline/delivery.hpp"
#include "bridge/core/simulate/scenario_printer.hpp"

namespace rollcall {

class ScenarioNotices : private NotificationSink {
 public:
  /// `printer` must outlive it.
  ScenarioNotices(const Config& config, ScenarioPrinter& printer)
      : printer_(printer), notifier_(config, 0, {}, *this) {
    delivery_.add(notifier_);
  }
  ScenarioNotices(const ScenarioNotices&) = delete;
  ScenarioNotices& operator=(const ScenarioNotices&) = delete;

  /// What has come of the engine's last call, and goes out now.
  void follow(const Effects& effects, const Engine& engine, Time now) {
    delivery_.apply(effects);
    notifier_.advance(engine, now);
  }
  /// Empty: nothing waits.
  std::optional<Time> next_deadline() const {
    const auto next = notifier_.next_deadline();
    return next == Time::max() ? std::nullopt : std::optional(next);
  }
  void clock_stepped(Millis by, Time now) { notifier_.clock_stepped(by, now); }

 private:
  void notify(const Notification& notification, Time now) override { printer_.print(notification, now); }

  ScenarioPrinter& printer_;
  Notifier notifier_;
  Delivery delivery_;
};

}  // namespace rollcall
