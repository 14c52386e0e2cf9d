// SPDX-License-Identifier: Apache-2.0
// What comes of a scenario, as `rollcall simulate` prints it.
#pragma once

#include <string>

#include "bridge/core/lifecycle/effects.hpp"
#include "bridge/core/notify/notification.hpp"
#include "bridge/core/simulate/scenario.hpp"

namespace rollcall {

/// Writes the transitions, each with its time in the scenario's own form.
class ScenarioPrinter {
 public:
  ScenarioPrinter(const Scenario& scenario, bool json)
      : form_(scenario.form), with_millis_(scenario.has_millis), json_(json), before_(scenario.start) {}

  /// What comes from now on has times of a clock that is wrong by as much.
  void set_clock_ahead(Millis by) { clock_ahead_ = by; }

  void print(const Effects& effects);

  /// A notification that goes out now.
  void print(const Notification& notification, Time now);

  const std::string& text() const { return text_; }

 private:
  void print(const TimelineRow& row);
  std::string in_form(Time time);

  TimeForm form_;
  bool with_millis_, json_;
  Time before_;
  Millis clock_ahead_{0};
  std::string text_;
};

}  // namespace rollcall
