// SPDX-License-Identifier: Apache-2.0
// Rule 14: when a broker goes away, its devices aren't to blame.
#include <algorithm>
#include <utility>

#include "bridge/core/lifecycle/engine_state.hpp"

namespace rollcall {

void Engine::State::apply(const BrokerAway& event) {
  Broker& broker = brokers[event.broker];
  if (std::exchange(broker.is_away, true)) return;
  broker.moved = 0;
  std::set<std::size_t> there;
  connections.for_each([&](const Connection& connection) {
    if (connection.id.broker == event.broker) there.insert(connection.device);
  });
  for (const std::size_t index : there) detach_from_away_brokers(index, Time::max());
}

void Engine::State::apply(const BrokerFound& event) { brokers[event.broker].is_away = false; }

void Engine::State::apply(const BrokerReturned& event) {
  Broker& broker = brokers[event.broker];
  const Time lost_at = std::min(event.lost_at, now);
  const Time back_at = std::clamp(event.back_at, lost_at, now);
  freeze(event.broker, lost_at, back_at);

  // What was still missing from an outage before this one goes on being so, since then.
  Outage outage = broker.outage.value_or(Outage{});
  const auto given_up = outage.facts.affected - outage.facts.back - outage.missing.size();
  outage.facts.back = std::exchange(broker.moved, 0);
  outage.facts.affected = given_up + outage.missing.size() + outage.facts.back;
  broker.is_away = false;
  outage.facts.began = broker.outage ? std::min(outage.facts.began, back_at) : lost_at;
  outage.facts.back_at = back_at;
  outage.facts.grace_ends = back_at + outage_grace;
  outage.facts.stall.reset();
  for (const auto& [index, missing] : outage.missing) change(index);
  outage.change_graces([&](Time) { return outage.facts.grace_ends; });
  cut({event.broker, event.boot, lost_at, back_at}, outage);
  for (const ConnectionId& id : detached_at(event.broker)) {
    if (id.boot != event.boot) take_detached(id);
  }
  broker.boot = event.boot;
  broker.outage = std::move(outage);
  if (broker.outage->missing.empty()) tell(event.broker, back_at);
}

/// Waits that a disconnect at this broker began stood still while it was away.
void Engine::State::freeze(std::uint32_t broker, Time lost_at, Time back_at) {
  for (std::size_t index = 0; index < devices.size(); ++index) {
    Device& device = devices[index];
    if (!device.is_connected() && device.last_end.broker == broker) pass_unseen(index);
    if (!device.wait || device.wait->kind == WaitKind::late || device.wait->by_operator ||
        device.last_end.broker != broker)
      continue;
    const Millis frozen = back_at - std::max(lost_at, device.wait->began);
    if (frozen <= Millis{0}) continue;
    release(index);
    Wait wait = *device.wait;
    wait.due += frozen;
    wait.began += frozen;
    if (wait.not_before != Time::min()) wait.not_before += frozen;
    set_wait(index, wait);
  }
}

/// What has come to pass behind an operator's status, of which nobody sees anything.
void Engine::State::pass_unseen(std::size_t index) {
  Device& device = devices[index];
  const bool was_touched = device.touched;
  while (device.set && is_over(device)) emit_due(index);
  if (was_touched || !std::exchange(device.touched, false)) return;
  touched.pop_back();
}

/// Finds the devices that had a connection of a boot that is over. One that is connected elsewhere is back
/// already.
void Engine::State::cut(const BrokerReturned& event, Outage& outage) {
  std::map<std::size_t, std::vector<ConnectionId>> by_device;
  connections.for_each([&](const Connection& connection) {
    const ConnectionId& id = connection.id;
    if (id.broker == event.broker && id.boot != event.boot) by_device[connection.device].push_back(id);
  });
  for (const auto& [index, ids] : by_device) {
    if (outage.missing.contains(index)) continue;
    ++outage.facts.affected;
    change(index);
    std::size_t live = 0;
    connections.for_each_of(devices[index].live, [&](const Connection& /*connection*/) { ++live; });
    if (live == ids.size()) {
      outage.add_missing(index, {event.lost_at, outage.facts.grace_ends});
      stop_wait(index);  // it can't report
    } else {
      ++outage.facts.back;
      drop(devices[index], ids);
      begin_late_wait(index);
    }
  }
}

std::vector<ConnectionId> Engine::State::cut_connections(const Device& device, std::uint32_t broker) const {
  std::vector<ConnectionId> cut;
  connections.for_each_of(device.live, [&](const Connection& connection) {
    if (connection.id.broker != broker) return;
    if (connection.is_cut || is_over(connection.id)) cut.push_back(connection.id);
  });
  return cut;
}

void Engine::State::drop(Device& device, const std::vector<ConnectionId>& ids) {
  for (const ConnectionId& id : ids) connections.take(device.live, id);
}

/// A connection has come to what was connected: where that was cut, nothing has happened to the device.
void Engine::State::came_back(std::size_t index, Time at) {
  for (auto& [number, broker] : brokers) {
    if (!broker.outage || !broker.outage->take_missing(index)) continue;
    drop(devices[index], cut_connections(devices[index], number));
    ++broker.outage->facts.back;
    if (!broker.outage->missing.empty()) continue;
    const auto& stall = broker.outage->facts.stall;
    const Time latest = devices[index].latest;
    if (!stall || stall->losses_until <= latest) tell(number, latest);  // else there may be others
  }
  detach_from_away_brokers(index, at);
}

void Engine::State::Outage::add_missing(std::size_t index, Missing of_device) {
  if (missing.emplace(index, of_device).second) grace_ends.emplace(of_device.grace_ends, index);
}

bool Engine::State::Outage::take_missing(std::size_t index) {
  const auto found = missing.find(index);
  if (found == missing.end()) return false;
  grace_ends.erase({found->second.grace_ends, index});
  missing.erase(found);
  return true;
}

void Engine::State::Outage::change_graces(const std::function<Time(Time)>& change) {
  grace_ends.clear();
  for (auto& [index, each] : missing) {
    each.grace_ends = change(each.grace_ends);
    grace_ends.emplace(each.grace_ends, index);
  }
}

Time Engine::State::Outage::next_step() const {
  if (!grace_ends.empty()) return grace_ends.begin()->first;
  return facts.stall ? facts.stall->losses_until : facts.grace_ends;
}

std::optional<Time> Engine::State::next_step_of_outages() const {
  std::optional<Time> next;
  for (const auto& [number, broker] : brokers) {
    if (!broker.outage) continue;
    const Time step = broker.outage->next_step();
    if (broker.connections.covers(step) && (!next || step < *next)) next = step;
  }
  return next;
}

/// Of the first broker where something is due then: who isn't back counts as gone since it was lost.
void Engine::State::step_outage(Time at) {
  const auto found = std::find_if(brokers.begin(), brokers.end(), [&](const auto& each) {
    const Broker& broker = each.second;
    return broker.outage && broker.outage->next_step() == at && broker.connections.covers(at);
  });
  Outage& outage = *found->second.outage;
  while (!outage.grace_ends.empty() && outage.grace_ends.begin()->first == at) {
    const std::size_t index = outage.grace_ends.begin()->second;
    const Missing missing = outage.missing.at(index);
    outage.take_missing(index);
    give_up(found->first, index, missing);
  }
  const auto& stall = outage.facts.stall;
  if (outage.missing.empty() && (!stall || stall->losses_until <= at)) tell(found->first, at);
}

void Engine::State::give_up(std::uint32_t broker, std::size_t index, const Missing& missing) {
  Device& device = devices[index];
  const auto ids = cut_connections(device, broker);
  ConnectionStrings last = std::move(connections.find(ids.back())->strings);
  drop(device, ids);
  change(index);
  if (device.is_connected()) return;  // at another broker, which has its own outage
  const bool graceful = is_graceful(*device.definition, Cause::broker_lost, false);
  device.last_end = LastEnd{Cause::broker_lost, graceful, happened(device, missing.lost_at),
                            Millis{0},          broker,   std::move(last)};
  count_change(index, device.last_end.at);
  begin_first_wait(index, device.last_end.at, missing.grace_ends);
  touch(index);
}

/// Of a device that was cut by outages and isn't back yet: when the last one began. Nothing: it is here.
std::optional<Time> Engine::State::missing_since(std::size_t index) const {
  std::optional<Time> since;
  for (const auto& [number, broker] : brokers) {
    if (!broker.outage) continue;
    const auto found = broker.outage->missing.find(index);
    if (found != broker.outage->missing.end()) since = std::max(since, std::optional(found->second.lost_at));
  }
  return since;
}

/// The outage is over: one notice, where it has touched anybody.
void Engine::State::tell(std::uint32_t broker, Time at) {
  const OutageRecord facts = brokers.at(broker).outage->facts;
  brokers.at(broker).outage.reset();
  if (facts.affected == 0) return;
  effects.emplace_back(
      IncidentEnded{{at, broker_names.at(broker), facts.began, facts.back_at, facts.affected, facts.back}});
}

}  // namespace rollcall
