// SPDX-License-Identifier: Apache-2.0
// The wait of each device: its timer, and the watermark that it may have to wait for (rules 2 to 4, 7, 11,
// 12). Internal to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "bridge/core/lifecycle/engine_data.hpp"

namespace rollcall {

class Waits {
 public:
  explicit Waits(EngineData& data) : data_(data) {}

  /// By the device's last end (rules.hpp, first_wait).
  void begin_first_wait(std::size_t index, Time began, Time not_before = Time::min());
  void begin_next_wait(std::size_t index, Time began, Time not_before = Time::min(),
                       bool by_operator = false);
  /// Of a connected device, which nobody sees. Changes nothing if it isn't connected, or is missing (rule
  /// 14).
  void begin_late_wait(std::size_t index);
  /// Empty: none begins.
  void begin_wait(std::size_t index, const std::optional<Wait>& wait);
  void set_wait(std::size_t index, Wait wait);
  void stop_wait(std::size_t index);
  /// Sets the device's timer: while an operator's status stands that has it, and only as long as the device
  /// isn't connected (rule 1).
  void arm(std::size_t index);
  /// The device's wait isn't over by itself any more, but stays as it is.
  void release(std::size_t index);

  /// True if the wait that goes on behind an operator's status is over, as far as that is known.
  bool is_over(const Device& device);
  /// False if the wait needn't wait for a watermark, and can be judged now.
  bool wait_for_watermark(std::size_t index, Time due);
  void raise(Watermark& watermark, Time to);

 private:
  Watermark* watermark_of(const Device& device);

  EngineData& data_;
  std::uint64_t last_waiting_ = 0;  // Device::waiting_for_watermark
};

}  // namespace rollcall
