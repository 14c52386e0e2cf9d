// SPDX-License-Identifier: Apache-2.0
// Rule 15: devices that come and go too often. Internal to the engine.
#pragma once

#include <cstddef>

#include "bridge/core/lifecycle/engine_data.hpp"

namespace rollcall {

class FlapCounter {
 public:
  explicit FlapCounter(EngineData& data) : data_(data) {}

  /// Counts a connect or disconnect, where the template says so.
  void count_change(std::size_t index, Time at);
  /// It is flapping no longer.
  void grow_steady(std::size_t index);
  void forget_changes(std::size_t index);

 private:
  EngineData& data_;
};

}  // namespace rollcall
