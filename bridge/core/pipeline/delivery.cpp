// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/delivery.hpp"

#include <variant>

namespace rollcall {
namespace {

void write(const StatusChanged& effect, std::string& out) { write_json(effect.status, out); }
void write(const RowAdded& effect, std::string& out) { write_json(effect.row, out); }
void write(const IncidentEnded& effect, std::string& out) { out = to_json(effect.notice); }
void write(const DeclarationRefused& effect, std::string& out) { out = to_json(effect.error); }
void write(const DeviceForgotten& /*effect*/, std::string& out) { out.clear(); }
void write(const ConnectionDropped& /*effect*/, std::string& out) { out.clear(); }
void write(const Contact& /*effect*/, std::string& out) { out.clear(); }

/// Calls the consumer's function for an effect.
struct Call {
  EffectConsumer& consumer;
  EffectPayload& payload;

  void operator()(const StatusChanged& effect) const { consumer.status_changed(effect, payload); }
  void operator()(const RowAdded& effect) const { consumer.row_added(effect, payload); }
  void operator()(const IncidentEnded& effect) const { consumer.incident_ended(effect, payload); }
  void operator()(const DeclarationRefused& effect) const { consumer.declaration_refused(effect, payload); }
  void operator()(const DeviceForgotten& effect) const { consumer.device_forgotten(effect); }
  void operator()(const Contact& effect) const { consumer.contact(effect); }
  void operator()(const ConnectionDropped& effect) const { consumer.connection_dropped(effect); }
};

}  // namespace

std::string_view EffectPayload::json() {
  if (!is_written_) std::visit([this](const auto& effect) { write(effect, memory_); }, effect_);
  is_written_ = true;
  return memory_;
}

void Delivery::apply(const Effects& effects) {
  for (const Effect& effect : effects) {
    EffectPayload payload(effect, memory_);
    for (EffectConsumer* const consumer : consumers_) std::visit(Call{*consumer, payload}, effect);
  }
}

}  // namespace rollcall
