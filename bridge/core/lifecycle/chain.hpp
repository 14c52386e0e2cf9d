// SPDX-License-Identifier: Apache-2.0
// A device's way along its chain of statuses: contacts that begin it anew, waits that are over, and its end.
// Internal to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "bridge/core/lifecycle/conflicts.hpp"
#include "bridge/core/lifecycle/flap_counter.hpp"
#include "bridge/core/lifecycle/transitions.hpp"
#include "bridge/core/lifecycle/waits.hpp"

namespace rollcall {

class Chain {
 public:
  /// All must outlive this.
  Chain(EngineData& data, Transitions& transitions, Waits& waits, FlapCounter& flapping, Conflicts& conflicts)
      : data_(data), transitions_(transitions), waits_(waits), flapping_(flapping), conflicts_(conflicts) {}

  /// A device that is heard of waits for nothing, and goes by the template that it has from now on.
  void contact(std::size_t index, const TemplateDefinition& definition);
  /// `from`: what the world has seen of it. What an operator holds stays in front of it.
  void come_online(std::size_t index, Time at, std::string_view from, const TransitionCause& cause);
  /// A contact uses up what was declared, and what an operator has set and doesn't hold (rule 9).
  void use_up(std::size_t index);

  /// The wait of this device is over: what comes of that, and the wait that follows.
  void emit_due(std::size_t index);
  /// The same for waits that are certain to have been over when this broker's connect came at `at`.
  void catch_up(std::size_t index, std::uint32_t broker, Time at);
  /// The same for a connected device that may have been late when it left at `at`.
  void settle_late(std::size_t index, Time at);
  /// The same for what has come to pass behind an operator's status, of which nobody sees anything.
  void pass_unseen(std::size_t index);
  /// The time that an operator gave is over: the chain goes on from the status that was set.
  void operator_time_is_over(std::size_t index, Time due);

  /// Rule 10.
  void forget(std::size_t index, Time at);

 private:
  static void keep_shown(Device& device);
  static void change_template(std::unique_ptr<OperatorStatus>& set, const TemplateDefinition& before,
                              const TemplateDefinition& definition);

  EngineData& data_;
  Transitions& transitions_;
  Waits& waits_;
  FlapCounter& flapping_;
  Conflicts& conflicts_;
};

}  // namespace rollcall
