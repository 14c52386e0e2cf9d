// SPDX-License-Identifier: Apache-2.0
// Plays a scenario with the engine. Pure, not thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/simulate/scenario.hpp"
#include "bridge/core/simulate/scenario_notices.hpp"
#include "bridge/core/simulate/scenario_printer.hpp"

namespace rollcall {

/// Has the part of the broker, which knows who is connected and notices losses. Its times are the bridge's,
/// which differ from those of the lines once its clock was set. Many functions: one for each kind of line.
class ScenarioPlayer {
 public:
  /// `definition` and `printer` must outlive it.
  ScenarioPlayer(const TemplateDefinition& definition, Millis outage_grace, ScenarioPrinter& printer);

  /// From now on `notices` too hears of all that happens, moment after moment. It must outlive this.
  void set_notices(ScenarioNotices& notices) { notices_ = &notices; }

  /// The lines in their order. The error says why this one can't happen now.
  Result<void> play(const ScenarioLine& line);
  /// Lets the clock run until nothing is pending.
  void run_out();

 private:
  struct Connection {
    ConnectionId id;
    std::string client_id;
    Seconds keepalive;
    bool has_will;
    std::uint64_t lost_order = 0;    ///< 0: not lost
    std::optional<Time> noticed_at;  ///< when the broker will notice the loss; nothing: never
  };

  using Found = std::vector<Connection>::iterator;
  struct Stall {
    Time began, ends;
  };

  static std::optional<Time> earliest(std::optional<Time> a, std::optional<Time> b);
  std::optional<Time> next_notice();
  std::optional<Time> next_of_broker();
  Found next_noticed();
  void run(Time until);
  void end_stall();
  void end(Found connection, Cause cause);
  void handle(const Event& event);
  void emit(const Effects& effects);
  void step_to(Time until);
  std::optional<Time> next_due() const;
  void advance(Time until);
  void raise_watermark(Time until);
  Found find(const std::string& client_id);
  Result<Found> find(const std::optional<std::string>& client_id);
  Result<void> check_broker() const;
  Result<void> happen(const ScenarioConnect& event);
  Result<void> happen(const ScenarioDisconnect& event);
  Result<void> happen(const ScenarioLost& event);
  Result<void> happen(const ScenarioReport& /*event*/);
  Result<void> happen(const ScenarioDeclare& event);
  Result<void> happen(const ScenarioSet& event);
  Result<void> happen(const ScenarioRelease& /*event*/);
  Result<void> operate(const OperatorAction& action);
  Result<void> happen(const ScenarioMute& event);
  Result<void> happen(const ScenarioUnmute& /*event*/);
  Result<void> happen(const ScenarioBrokerDown& /*event*/);
  Result<void> happen(const ScenarioBrokerUp& /*event*/);
  Result<void> happen(const ScenarioBrokerStall& event);
  Result<void> happen(const ScenarioClock& event);
  Result<void> happen(const ScenarioEnd& /*event*/);

  const TemplateDefinition& definition_;
  std::string template_name_;
  Engine engine_;
  ScenarioPrinter& printer_;
  ScenarioNotices* notices_ = nullptr;
  std::vector<Connection> connections_;  ///< those that live as far as the broker knows, the latest last
  std::uint64_t last_number_ = 0, losses_ = 0, boot_ = 1;
  std::optional<Time> down_since_;
  std::optional<Stall> stall_;       ///< that the broker is in
  Time losses_until_ = Time::min();  ///< what it finds lost until then, it has lost by its last stall
  Time now_;
  Millis clock_ahead_{0};
};

}  // namespace rollcall
