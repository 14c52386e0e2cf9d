// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/restored_device.hpp"

#include <algorithm>
#include <optional>

#include "bridge/core/lifecycle/rules.hpp"
#include "bridge/core/lifecycle/status_payload.hpp"
#include "topics/identity/device_rules.hpp"

namespace rollcall {
namespace {

/// Which device the rules of now make of the client that it was last; empty: none.
std::optional<DeviceIdentity> identify_again(const Config& config, const DeviceRecord& record) {
  if (!record.connections.empty()) {
    const auto& last = record.connections.back();
    return identify(config, {last.client_id, last.username, last.address});
  }
  const auto& end = record.last_end;
  if (end.cause) return identify(config, {end.client_id, end.username, end.address});
  if (config.find_template(record.template_name) == nullptr) {
    // One that only reported lives as long as its template; one that an operator has registered stays.
    if (!record.is_only_registered()) return std::nullopt;
    const auto by_rules = identify(config, {record.device, {}, {}});
    const bool is_same = by_rules && by_rules->device == record.device;
    return DeviceIdentity{record.device, is_same ? by_rules->template_name : "default"};
  }
  return DeviceIdentity{record.device, record.template_name};
}

}  // namespace

std::set<std::string, std::less<>> unchanged_templates(const Config& config, const StoredState& stored) {
  std::set<std::string, std::less<>> same;
  for (const auto& [name, print] : stored.templates) {
    const auto* const definition = config.find_template(name);
    if (definition != nullptr && fingerprint(*definition) == print) same.insert(name);
  }
  return same;
}

void restart_patience(DeviceRecord& record, Time now) {
  if (!record.connections.empty()) record.heard = std::max(record.heard, now);
}

RestoredAs restore_by_config(DeviceRecord& record, const Config& config,
                             const std::map<std::string, Time>& last_contacts) {
  if (record.is_forgotten) return RestoredAs::tombstone;
  const auto identity = identify_again(config, record);
  if (!identity || identity->device != record.device) return RestoredAs::unknown;
  const bool is_template_new = record.template_name != identity->template_name;
  record.template_name = identity->template_name;
  const auto gone = std::stable_partition(
      record.connections.begin(), record.connections.end(), [&](const ConnectionRecord& connection) {
        return std::any_of(config.brokers.begin(), config.brokers.end(),
                           [&](const BrokerConfig& broker) { return broker.name == connection.broker; });
      });
  if (gone == record.connections.end()) {
    return is_template_new ? RestoredAs::with_a_change : RestoredAs::as_stored;
  }
  if (gone == record.connections.begin()) {
    const auto& last = record.connections.back();
    const auto contact = last_contacts.find(last.broker);
    const Time at = std::max(record.latest, contact == last_contacts.end() ? record.latest : contact->second);
    const auto* const definition = config.find_template(record.template_name);
    record.last_end = EndRecord{Cause::broker_lost,
                                is_graceful(*definition, Cause::broker_lost, false),
                                at,
                                Millis{0},
                                last.broker,
                                last.client_id,
                                last.username,
                                last.address};
    record.wait = WaitRecord{{}, at, at, Time::min(), WaitKind::first, false};
  }
  record.connections.erase(gone, record.connections.end());
  return RestoredAs::with_a_change;
}

}  // namespace rollcall
