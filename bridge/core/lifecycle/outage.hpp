// SPDX-License-Identifier: Apache-2.0
// An outage of a broker until its grace is over (rule 14): which devices it cut, and which aren't back yet.
// Internal to the engine.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/time.hpp"
#include "bridge/core/lifecycle/records.hpp"

namespace rollcall {

class Outage {
 public:
  /// Of a device that isn't back yet. The connections that the outage cut live on until it is, or until its
  /// grace is over.
  struct Missing {
    Time lost_at, grace_ends;
  };

  OutageRecord facts;

  /// By index of the device.
  const std::map<std::size_t, Missing>& missing() const { return missing_; }
  /// Changes nothing if it is missing already.
  void add_missing(std::size_t device, Missing missing);
  /// Returns false if it wasn't missing.
  bool take_missing(std::size_t device);
  /// Takes out one whose grace ends at `at`; empty if there is none (left).
  std::optional<std::pair<std::size_t, Missing>> take_given_up(Time at);

  /// `change` gets the end of each grace, and returns the new one.
  template <typename Change>
  void change_graces(const Change& change) {
    grace_ends_.clear();
    for (auto& [device, each] : missing_) {
      each.grace_ends = change(each.grace_ends);
      grace_ends_.emplace(each.grace_ends, device);
    }
  }

  /// When there is next something to do about it.
  Time next_step() const;

  /// The wall clock was set by `by` (rule 11).
  void clock_stepped(Millis by);
  /// What lies after `now` counts as now, and no grace goes beyond `latest_grace`.
  void pull_back(Time now, Time latest_grace);

 private:
  std::map<std::size_t, Missing> missing_;
  std::set<std::pair<Time, std::size_t>> grace_ends_;  // of these, in this order
};

}  // namespace rollcall
