// SPDX-License-Identifier: Apache-2.0
// What happens to devices: connections that begin and end, reports and declarations (rules 1, 2, 5, 6, 7, 9
// and 13). Internal to the engine.
#pragma once

#include <cstddef>
#include <optional>

#include "bridge/core/lifecycle/outage_rules.hpp"

namespace rollcall {

class Contacts {
 public:
  /// All must outlive this.
  Contacts(EngineData& data, Transitions& transitions, Waits& waits, FlapCounter& flapping,
           Conflicts& conflicts, Chain& chain, OutageRules& outages)
      : data_(data),
        transitions_(transitions),
        waits_(waits),
        flapping_(flapping),
        conflicts_(conflicts),
        chain_(chain),
        outages_(outages) {}

  void apply(const ConnectionOpened& event);
  void apply(const ConnectionEnded& event);
  void apply(const Reported& event);
  void apply(const Active& event);
  void apply(const Declared& event);

  /// Returns the device that an event is about; empty if it is about none that is known.
  std::optional<std::size_t> device_of(const Event& event) const;

 private:
  Connection* find_that_counts(const ConnectionId& id, Time at);
  void active(std::size_t index, Time at, const Connection* by);
  void take_declaration(std::size_t index, const Declared& event);

  EngineData& data_;
  Transitions& transitions_;
  Waits& waits_;
  FlapCounter& flapping_;
  Conflicts& conflicts_;
  Chain& chain_;
  OutageRules& outages_;
};

}  // namespace rollcall
