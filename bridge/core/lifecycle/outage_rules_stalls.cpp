// SPDX-License-Identifier: Apache-2.0
// Rule 14, of a broker that stood still or whose wall clock was stepped. Its connections go on, but for those
// whose keepalive it finds run out: their devices have the grace of an outage to come back.
#include <algorithm>
#include <set>

#include "bridge/core/lifecycle/outage_rules.hpp"

namespace rollcall {

void OutageRules::apply(const BrokerStoodStill& event) {
  BrokerState& broker = data_.brokers[event.broker];
  const Time from = std::min(event.from, data_.now);
  const Time until = std::clamp(event.until, from, data_.now);
  freeze(event.broker, from, until);
  excuse_late_reports(event.broker, from, until);
  if (!broker.outage) {
    broker.outage.emplace();
    broker.outage->facts.began = from;
  }
  // A stall doesn't begin their grace anew: of a broker that stands still again and again nobody would ever
  // be gone.
  for (const auto& [index, missing] : broker.outage->missing()) data_.devices.change(index);
  broker.outage->change_graces([&](Time grace_ends) { return grace_ends + (until - from); });
  OutageRecord& facts = broker.outage->facts;
  facts.began = std::min(facts.began, until);
  facts.back_at = until;
  facts.grace_ends = until + data_.outage_grace;
  facts.stall = StallRecord{from, std::max(event.losses_until, until)};
}

/// What connected devices sent meanwhile hasn't been read yet.
void OutageRules::excuse_late_reports(std::uint32_t broker, Time from, Time until) {
  std::set<std::size_t> there;
  data_.connections.for_each([&](const Connection& connection) {
    if (connection.id.broker == broker && !connection.is_cut) there.insert(connection.device);
  });
  for (const std::size_t index : there) {
    Device& device = data_.devices[index];
    const Millis frozen = until - std::max(from, device.heard);
    if (!device.definition->report_every || frozen <= Millis{0}) continue;
    chain_.pass_unseen(index);
    device.heard += frozen;
    data_.devices.change(index);
    if (device.wait) waits_.begin_late_wait(index);
  }
}

bool OutageRules::goes_missing(std::size_t index, const ConnectionEnded& event) {
  auto& outage = data_.brokers[event.id.broker].outage;
  if (event.cause != Cause::broker_lost || !outage || !outage->facts.stall) return false;
  Device& device = data_.devices[index];
  if (device.live.first != device.live.last) return false;
  chain_.pass_unseen(index);
  waits_.stop_wait(index);  // it can't report
  device.ended = event.id;
  data_.connections.find(event.id)->is_cut = true;
  data_.devices.change(index);
  ++outage->facts.affected;
  outage->add_missing(
      index, {outage->facts.stall->began, std::max(outage->facts.grace_ends, std::min(event.at, data_.now))});
  return true;
}

}  // namespace rollcall
