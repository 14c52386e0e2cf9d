// SPDX-License-Identifier: Apache-2.0
// What the engine keeps. Its rules (transitions.hpp, waits.hpp, chain.hpp, outage_rules.hpp, …) work on it.
// Internal to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/lifecycle/brokers.hpp"
#include "bridge/core/lifecycle/connections.hpp"
#include "bridge/core/lifecycle/detached.hpp"
#include "bridge/core/lifecycle/device_table.hpp"
#include "bridge/core/lifecycle/effect_buffer.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/lifecycle/takeovers.hpp"
#include "bridge/core/lifecycle/templates.hpp"
#include "bridge/core/lifecycle/timers.hpp"

namespace rollcall {

struct EngineData {
  explicit EngineData(EngineSettings settings);

  /// Throws std::out_of_range if there is no such broker.
  const std::string& broker_name(std::uint32_t broker) const { return broker_names.at(broker); }
  /// Empty if it isn't in the configuration.
  std::optional<std::uint32_t> broker_named(std::string_view name) const;

  Templates templates;
  const std::vector<std::string> broker_names;
  const Millis outage_grace;
  std::uint64_t seq = 0;  ///< the last one given out
  Time now = Time::min();
  bool is_republishing = false;
  DeviceTable devices;
  Connections connections;  ///< those that live
  Detached detached;        ///< those of devices that are, or were later, connected elsewhere
  Timers timers;            ///< of waits, and of the time that an operator gave
  Timers steady_timers;     ///< of those who are flapping
  Takeovers takeovers;
  Brokers brokers;
  /// Of the few devices that an operator has muted, by index; Time::max(): until they are unmuted.
  std::map<std::size_t, Time> muted_until;
  EffectBuffer effects;  ///< of the call that is running, or of the last one
};

}  // namespace rollcall
