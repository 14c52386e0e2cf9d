// SPDX-License-Identifier: Apache-2.0
// What is done about the engine's effects. Topics, timeline, fleet and log are consumers; what comes later is
// another one, which Bridge::add_consumer() takes.
#pragma once

#include <string>
#include <string_view>

#include "bridge/core/lifecycle/effects.hpp"

namespace rollcall {

/// The JSON that an effect is published as. It is written when the first consumer asks for it.
class EffectPayload {
 public:
  /// Both must outlive this; `memory` is overwritten.
  EffectPayload(const Effect& effect, std::string& memory) : effect_(effect), memory_(memory) {}

  /// Returns the payload; empty if the effect has none. Valid until the next effect.
  std::string_view json();

 private:
  const Effect& effect_;
  std::string& memory_;
  bool is_written_ = false;
};

/// A function for each effect (effects.hpp), called on the bridge's thread in the order of the effects. What
/// it gets is valid during the call. It must not call the bridge or the engine.
class EffectConsumer {
 public:
  virtual ~EffectConsumer() = default;
  virtual void status_changed(const StatusChanged& /*effect*/, EffectPayload& /*payload*/) {}
  virtual void row_added(const RowAdded& /*effect*/, EffectPayload& /*payload*/) {}
  virtual void incident_ended(const IncidentEnded& /*effect*/, EffectPayload& /*payload*/) {}
  virtual void declaration_refused(const DeclarationRefused& /*effect*/, EffectPayload& /*payload*/) {}
  virtual void device_forgotten(const DeviceForgotten& /*effect*/) {}
  virtual void contact(const Contact& /*effect*/) {}
  virtual void connection_dropped(const ConnectionDropped& /*effect*/) {}
};

}  // namespace rollcall
