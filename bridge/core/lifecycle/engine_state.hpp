// SPDX-License-Identifier: Apache-2.0
// What is inside the engine: its data, the rules that work on it, and what is due next. Internal to
// engine*.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridge/core/lifecycle/clock_steps.hpp"
#include "bridge/core/lifecycle/contacts.hpp"
#include "bridge/core/lifecycle/device_records.hpp"
#include "bridge/core/lifecycle/device_summary.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/lifecycle/engine_data.hpp"
#include "bridge/core/lifecycle/operator_actions.hpp"

namespace rollcall {

struct Engine::State {
  explicit State(EngineSettings settings) : data(std::move(settings)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  EngineData data;
  Transitions transitions{data};
  Waits waits{data};
  FlapCounter flapping{data};
  Conflicts conflicts{data};
  Chain chain{data, transitions, waits, flapping, conflicts};
  OutageRules outages{data, transitions, waits, flapping, chain};
  Contacts contacts{data, transitions, waits, flapping, conflicts, chain, outages};
  OperatorActions operators{data, transitions, waits, chain};
  DeviceRecords records{data, waits, conflicts};
  ClockSteps clock_steps{data, waits};
  bool is_held = false;  ///< nothing is due, whatever the time

  DeviceSummary summary_of(std::size_t index) const {
    const auto muted = data.muted_until.find(index);
    return {data.devices[index], data.connections,
            muted == data.muted_until.end() ? Time::min() : muted->second};
  }

  /// Begins a call: the effects of the last one are gone, and what was due by `until` comes first.
  void begin(Time until, std::size_t at_most);
  /// Ends it: the statuses of those that were touched.
  const Effects& finish();

  /// What is due by `until`. At one instant: the end of a grace, then waits, then who has become steady, then
  /// conflicts that end.
  void fire_due(Time until, std::size_t at_most = SIZE_MAX);
  /// What was due for this event's device alone, where there was more than fire_due() got to.
  void fire_due_of(const Event& event);
  void fire(const Timers::Timer& timer);
};

}  // namespace rollcall
