// SPDX-License-Identifier: Apache-2.0
// What the store says, as values; explanation_why.cpp and explanation_text.cpp have the sentences.
#include "bridge/core/explain/explanation.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/explain/explanation_parts.hpp"
#include "bridge/core/lifecycle/rules.hpp"

namespace rollcall {
namespace {

const BrokerRecord* find_broker(const Explanation& it, std::string_view name) {
  const auto found = std::find_if(it.brokers.begin(), it.brokers.end(),
                                  [&](const BrokerRecord& each) { return each.name == name; });
  return found == it.brokers.end() ? nullptr : &*found;
}

std::optional<AwayBroker> away(const Explanation& it, std::string_view name) {
  const auto* const broker = find_broker(it, name);
  if (broker == nullptr || !broker->lost_at) return std::nullopt;
  return AwayBroker{broker->name, *broker->lost_at};
}

/// One that is connected at a broker that is there depends on no other.
std::optional<AwayBroker> broker_that_is_away(const Explanation& it) {
  const auto& record = it.record;
  if (!it.is_connected()) {
    const bool waits_for_it = record.wait && !record.wait->by_operator && !record.last_end.broker.empty();
    return waits_for_it ? away(it, record.last_end.broker) : std::nullopt;
  }
  std::optional<AwayBroker> found;
  for (const auto& connection : record.connections) {
    auto broker = away(it, connection.broker);
    if (!broker) return std::nullopt;
    found = std::move(broker);
  }
  return found;
}

std::optional<OutageRecord> outage_that_cut(const Explanation& it) {
  for (const auto& connection : it.record.connections) {
    if (!connection.lost_at) return std::nullopt;
  }
  if (!it.is_connected()) return std::nullopt;
  const auto& connection = it.record.connections.back();
  const auto* const broker = find_broker(it, connection.broker);
  if (broker == nullptr || !broker->outage) return std::nullopt;
  auto outage = *broker->outage;
  // Of this device; the outage may be one of several.
  outage.began = *connection.lost_at;
  outage.grace_ends = connection.grace_ends.value_or(outage.grace_ends);
  return outage;
}

NextStep::Kind kind_of(WaitKind kind) {
  switch (kind) {
    case WaitKind::first:
      return NextStep::Kind::first;
    case WaitKind::next:
      return NextStep::Kind::next;
    case WaitKind::late:
      return NextStep::Kind::late;
    case WaitKind::forget:
      break;
  }
  return NextStep::Kind::forget;
}

/// What a payload shows, and what it leaves out: reports that will be late, forgetting.
std::optional<NextStep> next_of(const Explanation& it) {
  const auto& record = it.record;
  if (const auto& set = record.set) {
    if (it.is_connected() || it.definition == nullptr) return std::nullopt;
    const auto status = it.definition->find_status(set->status);
    const auto wait =
        status ? operator_wait(*it.definition, *status, set->until, record.last_end.at) : std::nullopt;
    if (!wait) return std::nullopt;
    return NextStep{NextStep::Kind::operator_, it.definition->statuses[wait->status].key, wait->due};
  }
  const auto& wait = record.wait;
  if (!wait || it.is_connected() != (wait->kind == WaitKind::late)) return std::nullopt;
  if (wait->kind == WaitKind::late && wait->status == record.status) return std::nullopt;
  return NextStep{kind_of(wait->kind), wait->status, wait->due};
}

WillState will_of(const Explanation& it) {
  const auto& end = it.record.last_end;
  switch (end.cause.value_or(Cause::broker_lost)) {
    case Cause::client_disconnect:
      return WillState::discarded;
    case Cause::disconnect_with_will:
    case Cause::keepalive_timeout:
    case Cause::protocol_error:
      return WillState::sent_if_any;
    case Cause::connection_closed:
    case Cause::unknown:
      // By the table of causes the will alone decides here; with a list in the template it doesn't.
      if (it.definition == nullptr || it.definition->graceful_causes) return WillState::unknown;
      return end.graceful ? WillState::not_sent : WillState::sent;
    case Cause::taken_over:
    case Cause::kicked:
    case Cause::not_authorized:
    case Cause::broker_lost:
      break;
  }
  return WillState::unknown;
}

std::optional<ClientIdentity> client_of(const Explanation& it) {
  if (it.is_connected()) {
    const auto& connection = it.record.connections.back();
    return ClientIdentity{connection.client_id, connection.username, connection.address};
  }
  const auto& end = it.record.last_end;
  if (!it.was_connected || end.client_id.empty()) return std::nullopt;
  return ClientIdentity{end.client_id, end.username, end.address};
}

}  // namespace

Explanation explain(std::string_view device, StoredDevice stored, const Config& config, Time now) {
  Explanation it;
  it.device = device;
  it.now = now;
  it.rows = std::move(stored.rows);
  it.brokers = std::move(stored.brokers);
  if (!stored.record || stored.record->is_forgotten) return it;

  it.is_known = true;
  it.record = std::move(*stored.record);
  const auto& record = it.record;
  it.definition = config.find_template(record.template_name);
  it.status = record.set ? record.set->status : record.status;
  it.previous = record.set ? record.set->previous : record.previous;
  it.since = record.set ? record.set->since : record.since;
  const auto entered = std::find_if(it.rows.rbegin(), it.rows.rend(), [&](const TimelineEntry& row) {
    return row.kind == "transition" && row.to == it.status && row.at == it.since;
  });
  if (entered != it.rows.rend()) it.entered_by = *entered;
  it.was_connected = record.last_end.cause.has_value();
  it.next = next_of(it);
  it.away = broker_that_is_away(it);
  it.cut = outage_that_cut(it);
  if (it.was_connected) it.will = will_of(it);
  const auto client = client_of(it);
  it.has_client = client.has_value();
  if (client) it.rule = matching_rule(config, *client);
  it.rivalries = explanation::rivalries_of(it);
  it.changed = explanation::changed_since(it, config, stored.templates);
  return it;
}

}  // namespace rollcall
