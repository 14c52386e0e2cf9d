// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/consumers.hpp"

#include <utility>

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
  TimelineEntry row = entry_of(effect.row);
  row.is_hidden = !effect.on_timeline;
  if (effect.on_timeline) {
    publisher_.publish_everywhere(topics_.timeline(effect.encoded_device), std::string(payload.json()),
                                  false);
  }
  store_.add_row(std::move(row));
}

void TimelineConsumer::device_forgotten(const DeviceForgotten& effect) {
  TimelineEntry row;
  row.seq = effect.seq;
  row.device = effect.device;
  row.at = effect.at;
  row.kind = row.cause = "forgotten";
  row.is_hidden = true;
  store_.add_row(std::move(row));
}

void IncidentLog::incident_ended(const IncidentEnded& effect, EffectPayload& /*payload*/) {
  log_("broker \"" + std::string(effect.notice.broker) + "\" was away: " + summary_of(effect.notice));
}

}  // namespace rollcall
