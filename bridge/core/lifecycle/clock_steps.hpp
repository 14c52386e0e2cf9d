// SPDX-License-Identifier: Apache-2.0
// Rule 11: when the wall clock is set, every time that is kept moves along with it, and waits go on as they
// were. Internal to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "bridge/core/lifecycle/waits.hpp"

namespace rollcall {

class ClockSteps {
 public:
  /// Both must outlive this.
  ClockSteps(EngineData& data, Waits& waits) : data_(data), waits_(waits) {}

  /// All times but EngineData::now.
  void move(Millis by);
  /// Engine::correct_stored_times().
  std::size_t correct_stored_times(
      Millis by, const std::function<void(std::string_view device, std::uint64_t seq)>& visit);

 private:
  void move_devices(Millis by);
  bool pull_back(std::size_t index);

  EngineData& data_;
  Waits& waits_;
};

}  // namespace rollcall
