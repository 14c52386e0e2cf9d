// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/consumers.hpp"

#include "bridge/core/lifecycle/records.hpp"

namespace rollcall {

void TopicConsumer::status_changed(const StatusChanged& effect, EffectPayload& payload) {
  publisher_.publish_everywhere(topics_.status(effect.encoded_device), std::string(payload.json()), true);
}

void TopicConsumer::incident_ended(const IncidentEnded& /*effect*/, EffectPayload& payload) {
  publisher_.publish_everywhere(topics_.incident(), std::string(payload.json()), false);
}

void TopicConsumer::declaration_refused(const DeclarationRefused& effect, EffectPayload& payload) {
  publisher_.publish_everywhere(topics_.declare_error(effect.encoded_device), std::string(payload.json()),
                                false);
}

void TimelineConsumer::row_added(const RowAdded& effect, EffectPayload& payload) {
  if (!effect.on_timeline) return;
  publisher_.publish_everywhere(topics_.timeline(effect.encoded_device), std::string(payload.json()), false);
  store_.add_row(entry_of(effect.row));
}

void IncidentLog::incident_ended(const IncidentEnded& effect, EffectPayload& /*payload*/) {
  log_("broker \"" + std::string(effect.notice.broker) + "\" was away: " + summary_of(effect.notice));
}

}  // namespace rollcall
