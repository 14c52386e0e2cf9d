// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/outage_rules.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace rollcall {

void OutageRules::apply(const BrokerAway& event) {
  BrokerState& broker = data_.brokers[event.broker];
  if (std::exchange(broker.is_away, true)) return;
  broker.moved = 0;
  std::set<std::size_t> there;
  data_.connections.for_each([&](const Connection& connection) {
    if (connection.id.broker == event.broker) there.insert(connection.device);
  });
  for (const std::size_t index : there) detach_from_away_brokers(index, Time::max());
}

void OutageRules::apply(const BrokerFound& event) { data_.brokers[event.broker].is_away = false; }

void OutageRules::apply(const BrokerReturned& event) {
  BrokerState& broker = data_.brokers[event.broker];
  const Time lost_at = std::min(event.lost_at, data_.now);
  const Time back_at = std::clamp(event.back_at, lost_at, data_.now);
  freeze(event.broker, lost_at, back_at);

  // What was still missing from an outage before this one goes on being so, since then.
  Outage outage = broker.outage.value_or(Outage{});
  const auto given_up = outage.facts.affected - outage.facts.back - outage.missing().size();
  outage.facts.back = std::exchange(broker.moved, 0);
  outage.facts.affected = given_up + outage.missing().size() + outage.facts.back;
  broker.is_away = false;
  outage.facts.began = broker.outage ? std::min(outage.facts.began, back_at) : lost_at;
  outage.facts.back_at = back_at;
  outage.facts.grace_ends = back_at + data_.outage_grace;
  outage.facts.stall.reset();
  for (const auto& [index, missing] : outage.missing()) data_.devices.change(index);
  outage.change_graces([&](Time) { return outage.facts.grace_ends; });
  cut({event.broker, event.boot, lost_at, back_at}, outage);
  for (const ConnectionId& id : data_.detached.at_broker(event.broker)) {
    if (id.boot != event.boot) take_detached(id);
  }
  broker.boot = event.boot;
  broker.outage = std::move(outage);
  if (broker.outage->missing().empty()) emit_incident(event.broker, back_at);
}

/// Waits that a disconnect at this broker began stood still while it was away.
void OutageRules::freeze(std::uint32_t broker, Time lost_at, Time back_at) {
  data_.devices.for_each([&](std::size_t index, Device& device) {
    if (!device.is_connected() && device.last_end.broker == broker) chain_.pass_unseen(index);
    if (!device.wait || device.wait->kind == WaitKind::late || device.wait->by_operator ||
        device.last_end.broker != broker)
      return;
    const Millis frozen = back_at - std::max(lost_at, device.wait->began);
    if (frozen <= Millis{0}) return;
    waits_.release(index);
    Wait wait = *device.wait;
    wait.due += frozen;
    wait.began += frozen;
    if (wait.not_before != Time::min()) wait.not_before += frozen;
    waits_.set_wait(index, wait);
  });
}

/// Finds the devices that had a connection of a boot that is over. One that is connected elsewhere is back
/// already.
void OutageRules::cut(const BrokerReturned& event, Outage& outage) {
  std::map<std::size_t, std::vector<ConnectionId>> by_device;
  data_.connections.for_each([&](const Connection& connection) {
    const ConnectionId& id = connection.id;
    if (id.broker == event.broker && id.boot != event.boot) by_device[connection.device].push_back(id);
  });
  for (const auto& [index, ids] : by_device) {
    if (outage.missing().contains(index)) continue;
    ++outage.facts.affected;
    data_.devices.change(index);
    std::size_t live = 0;
    data_.connections.for_each_of(data_.devices[index].live,
                                  [&](const Connection& /*connection*/) { ++live; });
    if (live == ids.size()) {
      outage.add_missing(index, {event.lost_at, outage.facts.grace_ends});
      waits_.stop_wait(index);  // it can't report
    } else {
      ++outage.facts.back;
      drop(data_.devices[index], ids);
      waits_.begin_late_wait(index);
    }
  }
}

std::vector<ConnectionId> OutageRules::cut_connections(const Device& device, std::uint32_t broker) const {
  std::vector<ConnectionId> cut;
  data_.connections.for_each_of(device.live, [&](const Connection& connection) {
    if (connection.id.broker != broker) return;
    if (connection.is_cut || data_.brokers.is_over(connection.id)) cut.push_back(connection.id);
  });
  return cut;
}

void OutageRules::drop(Device& device, const std::vector<ConnectionId>& ids) {
  for (const ConnectionId& id : ids) data_.connections.take(device.live, id);
}

void OutageRules::came_back(std::size_t index, Time at) {
  for (auto& [number, broker] : data_.brokers) {
    if (!broker.outage || !broker.outage->take_missing(index)) continue;
    drop(data_.devices[index], cut_connections(data_.devices[index], number));
    ++broker.outage->facts.back;
    if (!broker.outage->missing().empty()) continue;
    const auto& stall = broker.outage->facts.stall;
    const Time latest = data_.devices[index].latest;
    if (!stall || stall->losses_until <= latest) emit_incident(number, latest);  // else there may be others
  }
  detach_from_away_brokers(index, at);
}

void OutageRules::step(Time at) {
  const auto found = std::find_if(data_.brokers.begin(), data_.brokers.end(),
                                  [&](const auto& each) { return each.second.next_outage_step() == at; });
  Outage& outage = *found->second.outage;
  while (const auto given_up = outage.take_given_up(at))
    give_up(found->first, given_up->first, given_up->second);
  const auto& stall = outage.facts.stall;
  if (outage.missing().empty() && (!stall || stall->losses_until <= at)) emit_incident(found->first, at);
}

void OutageRules::give_up(std::uint32_t broker, std::size_t index, const Outage::Missing& missing) {
  Device& device = data_.devices[index];
  const auto ids = cut_connections(device, broker);
  ConnectionStrings last = std::move(data_.connections.find(ids.back())->strings);
  drop(device, ids);
  data_.devices.change(index);
  if (device.is_connected()) return;  // at another broker, which has its own outage
  const bool graceful = is_graceful(*device.definition, Cause::broker_lost, false);
  device.last_end = LastEnd{Cause::broker_lost,  graceful,
                            /*may_count=*/false, transitions_.happened(device, missing.lost_at),
                            Millis{0},           broker,
                            std::move(last)};
  transitions_.note_contact(device, Contact::Kind::disconnect, device.last_end.at);
  flapping_.count_change(index, device.last_end.at);
  waits_.begin_first_wait(index, device.last_end.at, missing.grace_ends);
  data_.devices.touch(index);
}

/// The outage is over: one notice, where it has touched anybody.
void OutageRules::emit_incident(std::uint32_t broker, Time at) {
  auto& outage = data_.brokers[broker].outage;
  const OutageRecord facts = outage->facts;
  outage.reset();
  if (facts.affected == 0) return;
  data_.effects.add(
      IncidentEnded{{at, data_.broker_name(broker), facts.began, facts.back_at, facts.affected, facts.back}});
}

}  // namespace rollcall
