// SPDX-License-Identifier: Apache-2.0
// Up to when all that happened at a broker has been handled. News may come late: a wait that is due after
// that can't be judged yet. Internal to the engine.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <tuple>

#include "base/time.hpp"

namespace rollcall {

class Watermark {
 public:
  /// Empty if there is none: everything is known.
  std::optional<Time> time() const { return time_; }
  bool covers(Time at) const { return !time_ || at <= *time_; }

  /// Never goes back. `release(device, due)` gets each wait that it covers from now on.
  template <typename Release>
  void raise(Time to, const Release& release) {
    time_ = std::max(to, time_.value_or(to));
    while (!waiting_.empty() && covers(std::get<Time>(*waiting_.begin()))) {
      const auto [due, order, device] = *waiting_.begin();
      waiting_.erase(waiting_.begin());
      release(device, due);
    }
  }

  /// A wait that is due waits for the watermark. `order`: among those that are due at one time.
  void add_waiting(Time due, std::uint64_t order, std::size_t device) {
    waiting_.emplace(due, order, device);
  }
  /// It needn't be among them.
  void remove_waiting(Time due, std::uint64_t order, std::size_t device) {
    waiting_.erase({due, order, device});
  }
  /// When the first of them is due; empty if there is none.
  std::optional<Time> first_waiting() const;

  /// The wall clock was set by `by` (rule 11).
  void clock_stepped(Millis by);
  /// It is `latest` at most.
  void pull_back(Time latest);

 private:
  std::optional<Time> time_;
  std::set<std::tuple<Time, std::uint64_t, std::size_t>> waiting_;
};

}  // namespace rollcall
