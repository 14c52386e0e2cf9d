// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/watermark.hpp"

#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {

std::optional<Time> Watermark::first_waiting() const {
  return waiting_.empty() ? std::nullopt : std::optional(std::get<Time>(*waiting_.begin()));
}

void Watermark::clock_stepped(Millis by) {
  if (time_) move_along(*time_, by);
  decltype(waiting_) moved;
  for (auto [due, order, device] : waiting_) {
    move_along(due, by);
    moved.emplace(due, order, device);
  }
  waiting_ = std::move(moved);
}

void Watermark::pull_back(Time latest) {
  if (time_) time_ = std::min(*time_, latest);
}

}  // namespace rollcall
