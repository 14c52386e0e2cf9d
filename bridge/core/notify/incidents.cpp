// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/notify/incidents.hpp"

#include <algorithm>
#include <tuple>

#include "bridge/core/lifecycle/clock_step.hpp"
#include "bridge/core/notify/address_text.hpp"

namespace rollcall {
namespace {

/// How few devices such a group can have: the more, the better it says what has happened.
int narrowness(const IncidentGroup& kind) {
  switch (kind.kind) {
    case IncidentGroup::Kind::broker:
      return 0;
    case IncidentGroup::Kind::address:
      return static_cast<int>(kind.bits);
    case IncidentGroup::Kind::gateway:
      break;
  }
  return 1000;
}

std::string_view kind_name(const IncidentGroup& kind) {
  return to_string(static_cast<Incident::Kind>(kind.kind));
}

void add_once(std::vector<std::string>& to, const std::string& text) {
  if (std::find(to.begin(), to.end(), text) == to.end()) to.push_back(text);
}

}  // namespace

bool Incidents::Group::operator<(const Group& other) const {
  return std::tuple(kind.kind, kind.bits, std::string_view(what)) <
         std::tuple(other.kind.kind, other.kind.bits, std::string_view(other.what));
}

void Incidents::configure(std::optional<IncidentConfig> config, Millis quiet) {
  quiet_ = quiet;
  if (config == config_) return;
  config_ = std::move(config);
  losses_.clear();
  order_of_.clear();
  groups_.clear();
}

void Incidents::restore(IncidentRecord record) {
  auto id = record.id;
  open_.emplace(std::move(id), std::move(record));
}

void Incidents::restore_member(std::string_view device, const std::string& incident, bool is_back) {
  if (open_.find(incident) != open_.end()) members_[std::string(device)] = {incident, is_back};
}

void Incidents::lost(const Loss& loss, Time now) {
  if (covers(loss.device) || order_of_.find(loss.device) != order_of_.end()) return;
  // It was back, and is lost again.
  if (const auto known = members_.find(loss.device); known != members_.end()) {
    known->second.is_back = false;
    auto& incident = open_.at(known->second.incident);
    --incident.back;
    incident.last_loss = now;
    add_once(unstored_, incident.id);
    return;
  }
  if (!config_) return;
  auto groups = groups_of(loss);
  if (auto* const incident = growing(groups, now)) return add(*incident, loss.device, now);
  const auto order = ++last_order_;
  for (const auto& group : groups) groups_[group].emplace(order, loss.device);
  order_of_.emplace(loss.device, order);
  losses_.emplace(order, Lost{loss, now, std::move(groups)});
}

bool Incidents::returned(std::string_view device, Time now) {
  if (const auto order = order_of_.find(device); order != order_of_.end()) drop(order->second);
  const auto member = members_.find(device);
  if (member == members_.end() || member->second.is_back) return false;
  member->second.is_back = true;
  auto& incident = open_.at(member->second.incident);
  ++incident.back;
  incident.last_return = now;
  add_once(unstored_, incident.id);
  return true;
}

void Incidents::forget(std::string_view device) {
  if (const auto order = order_of_.find(device); order != order_of_.end()) drop(order->second);
  const auto member = members_.find(device);
  if (member == members_.end()) return;
  auto& incident = open_.at(member->second.incident);
  if (!member->second.is_back) --incident.devices;  // nobody waits for it any more
  add_once(unstored_, incident.id);
  members_.erase(member);
}

bool Incidents::covers(std::string_view device) const {
  const auto member = members_.find(device);
  return member != members_.end() && !member->second.is_back;
}

std::string_view Incidents::incident_of(std::string_view device) const {
  const auto member = members_.find(device);
  return member == members_.end() ? std::string_view() : member->second.incident;
}

std::vector<Incidents::Change> Incidents::take_changes(Time now) {
  std::vector<Change> changes;
  drop_old_losses(now);
  while (const auto group = next_incident()) {
    const auto& incident = begin(*group, now);
    changes.push_back({incident, false, incident.began, members_of(incident.id)});
  }
  for (auto each = open_.begin(); each != open_.end();) {
    if (!has_ended(each->second, now)) {
      ++each;
      continue;
    }
    auto devices = members_of(each->first);
    for (const auto& device : devices) members_.erase(device);
    std::erase(unstored_, each->first);
    ended_.push_back(each->first);
    const auto& it = each->second;
    const Time at = it.back > 0 ? it.last_return : now;
    changes.push_back({it, true, at, std::move(devices)});
    each = open_.erase(each);
  }
  return changes;
}

Time Incidents::next_deadline() const {
  auto next = Time::max();
  for (const auto& [id, incident] : open_) next = std::min(next, ends_at(incident));
  return next;
}

void Incidents::add_unstored(NotifyChanges& changes) {
  for (const auto& id : unstored_) {
    if (const auto found = open_.find(id); found != open_.end()) changes.incidents.push_back(found->second);
  }
  changes.ended.insert(changes.ended.end(), ended_.begin(), ended_.end());
  unstored_.clear();
  ended_.clear();
}

void Incidents::clock_stepped(Millis by) {
  for (auto& [order, lost] : losses_) {
    move_along(lost.loss.at, by);
    move_along(lost.counted_at, by);
  }
  for (auto& [id, incident] : open_) {
    for (Time* time : {&incident.began, &incident.last_loss, &incident.last_return}) move_along(*time, by);
    add_once(unstored_, id);
  }
}

std::vector<Incidents::Group> Incidents::groups_of(const Loss& loss) const {
  std::vector<Group> groups;
  const auto add = [&](const IncidentGroup& kind, std::string what) {
    if (!what.empty()) groups.push_back({kind, std::move(what)});
  };
  for (const auto& kind : config_->by) {
    switch (kind.kind) {
      case IncidentGroup::Kind::broker:
        add(kind, loss.broker);
        break;
      case IncidentGroup::Kind::gateway:
        add(kind, loss.gateway);
        break;
      case IncidentGroup::Kind::address:
        add(kind, block_of(loss.address, kind.bits));
        break;
    }
  }
  return groups;
}

/// The one of one of these groups to which devices were added a moment ago.
IncidentRecord* Incidents::growing(const std::vector<Group>& groups, Time now) {
  for (auto& [id, incident] : open_) {
    if (now > incident.last_loss + config_->within) continue;
    for (const auto& group : groups) {
      if (incident.kind == kind_name(group.kind) && incident.what == group.what) return &incident;
    }
  }
  return nullptr;
}

void Incidents::add(IncidentRecord& incident, const std::string& device, Time now) {
  members_[device] = {incident.id, false};
  ++incident.devices;
  if (incident.list.size() < Incident::kMostListed) incident.list.push_back(device);
  incident.last_loss = now;
  add_once(unstored_, incident.id);
}

void Incidents::drop_old_losses(Time now) {
  while (!losses_.empty() && losses_.begin()->second.counted_at + config_->within < now) {
    drop(losses_.begin()->first);
  }
}

void Incidents::drop(std::uint64_t order) {
  const auto lost = losses_.find(order);
  for (const auto& group : lost->second.groups) {
    const auto members = groups_.find(group);
    members->second.erase(order);
    if (members->second.empty()) groups_.erase(members);
  }
  order_of_.erase(lost->second.loss.device);
  losses_.erase(lost);
}

/// The narrowest group that says of nearly all that were lost what they have in common.
std::optional<Incidents::Group> Incidents::next_incident() const {
  if (!config_) return std::nullopt;
  std::size_t most = 0;
  for (const auto& [group, members] : groups_) most = std::max(most, members.size());
  if (most < config_->devices) return std::nullopt;
  const std::pair<const Group, Members>* best = nullptr;
  const auto rank = [](const auto& each) {
    return std::pair(narrowness(each.first.kind), each.second.size());
  };
  for (const auto& each : groups_) {
    if (each.second.size() < config_->devices || each.second.size() * 5 < most * 4) continue;
    if (best == nullptr || rank(each) > rank(*best)) best = &each;
  }
  return best->first;
}

IncidentRecord& Incidents::begin(const Group& group, Time now) {
  const auto members = groups_.at(group);  // a copy: it is emptied meanwhile
  IncidentRecord made;
  made.kind = kind_name(group.kind);
  made.what = group.what;
  made.began = Time::max();
  for (const auto& [order, device] : members) made.began = std::min(made.began, losses_.at(order).loss.at);
  made.id = notification_id(instance_, made.what, made.kind, {}, made.began);
  auto& incident = open_.insert_or_assign(made.id, std::move(made)).first->second;
  incident.channels = config_->channels;
  for (const auto& [order, device] : members) {
    if (config_->channels.empty()) {
      for (const auto& channel : losses_.at(order).loss.channels) add_once(incident.channels, channel);
    }
    add(incident, device, now);
    drop(order);
  }
  return incident;
}

bool Incidents::has_ended(const IncidentRecord& incident, Time now) const {
  return incident.back >= incident.devices || now >= ends_at(incident);
}

Time Incidents::ends_at(const IncidentRecord& incident) const {
  const auto longest = incident.last_loss + kLongest;
  return incident.back > 0 ? std::min(longest, incident.last_return + quiet_) : longest;
}

std::vector<std::string> Incidents::members_of(const std::string& incident) const {
  std::vector<std::string> devices;
  for (const auto& [device, member] : members_) {
    if (member.incident == incident) devices.push_back(device);
  }
  std::sort(devices.begin(), devices.end());
  return devices;
}

}  // namespace rollcall
