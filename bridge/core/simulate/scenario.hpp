// SPDX-License-Identifier: Apache-2.0
// A scenario: what happens to one device and when, as text for `rollcall simulate` (docs/lifecycle.md,
// "Trying it out"). Here is only how it is read; scenario_player plays it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "base/cause.hpp"
#include "base/time.hpp"
#include "bridge/core/simulate/scenario_time.hpp"

namespace rollcall {

/// What the lines say, with every default filled in. No client id: the latest connection.
struct ScenarioConnect {
  Seconds keepalive{60};
  std::string client_id = "device";
  bool has_will = false;
};
struct ScenarioDisconnect {
  Cause cause = Cause::client_disconnect;
  std::optional<std::string> client_id;
};
struct ScenarioLost {
  std::optional<std::string> client_id;
};
struct ScenarioReport {};
/// By the latest connection.
struct ScenarioDeclare {
  std::string status;
  std::optional<Millis> wait;
};
struct ScenarioSet {
  std::string status;
  std::optional<Millis> wait;
  bool hold = false;
};
struct ScenarioRelease {};
/// Without `wait`: until it is unmuted.
struct ScenarioMute {
  std::optional<Millis> wait;
};
struct ScenarioUnmute {};
struct ScenarioBrokerDown {};
struct ScenarioBrokerUp {};
/// It stands still for so long.
struct ScenarioBrokerStall {
  Millis duration{0};
};
/// The bridge's wall clock is set by so much; the scenario's own times go on as they were.
struct ScenarioClock {
  Millis by{0};
};
struct ScenarioEnd {};
using ScenarioEvent =
    std::variant<ScenarioConnect, ScenarioDisconnect, ScenarioLost, ScenarioReport, ScenarioDeclare,
                 ScenarioSet, ScenarioRelease, ScenarioMute, ScenarioUnmute, ScenarioBrokerDown,
                 ScenarioBrokerUp, ScenarioBrokerStall, ScenarioClock, ScenarioEnd>;

struct ScenarioLine {
  std::size_t number;  ///< in the text, from 1
  Time at;             ///< never before the line before; without a date the first day is 1970-01-01
  ScenarioEvent event;
};

struct Scenario {
  TimeForm form = TimeForm::clock;  ///< of the first line
  bool has_millis = false;          ///< on any line
  Time start;                       ///< what the first line's +DURATION counts from
  std::vector<ScenarioLine> lines;  ///< at least one; ScenarioEnd only as the last
};

/// The first mistake: what is wrong, and on which line.
struct ScenarioError {
  std::size_t line;
  std::string message;
};

tl::expected<Scenario, ScenarioError> parse_scenario(std::string_view text);

}  // namespace rollcall
