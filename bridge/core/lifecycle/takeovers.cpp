// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/takeovers.hpp"

#include <algorithm>

namespace rollcall {

Takeovers::Entry* Takeovers::note(const ClientId& client_id, Time at, Time now) {
  forget_old(now);
  const auto [single, is_first] = single_.try_emplace(client_id, Takeover{at, now});
  const auto [before, told_before] = single->second;
  at = std::max(at, before);
  single->second = {at, now};
  if (is_first || told_before != now) in_order_.emplace_back(now, single);

  auto found = conflicts_.find(client_id);
  if (found == conflicts_.end()) {
    const bool is_conflict = !is_first && at - before <= kWithin && at + kEndsAfter > now;
    if (!is_conflict) return nullptr;
    found = conflicts_.emplace(client_id, Conflict{before, at, 1, {}, {}}).first;
  } else {
    by_last_.erase(&*found);
  }
  auto& conflict = found->second;
  conflict.last = single->second.at = std::max(conflict.last, at);
  ++conflict.takeovers;
  by_last_.insert(&*found);
  return &*found;
}

void Takeovers::add_address(Conflict& conflict, std::string_view address) {
  auto& addresses = conflict.addresses;
  if (address.empty()) return;
  std::erase(addresses, address);
  addresses.emplace_back(address);
  if (addresses.size() > kMostAddresses) addresses.erase(addresses.begin());
}

bool Takeovers::add_device(Entry& conflict, std::size_t device) {
  auto& devices = conflict.second.devices;
  if (std::find(devices.begin(), devices.end(), device) != devices.end()) return false;
  devices.push_back(device);
  auto& of_device = of_devices_[device];
  const auto place =
      std::lower_bound(of_device.begin(), of_device.end(), conflict.first,
                       [](const Entry* one, const ClientId& other) { return one->first < other; });
  of_device.insert(place, &conflict);
  return of_device.size() == 1;
}

bool Takeovers::restore(const ClientId& client_id, Conflict stored, std::size_t device) {
  stored.devices.clear();
  const auto [found, is_new] = conflicts_.try_emplace(client_id);
  if (!is_new) by_last_.erase(&*found);
  if (is_new || stored.last > found->second.last) {
    stored.devices = std::move(found->second.devices);
    found->second = std::move(stored);
  }
  by_last_.insert(&*found);
  return add_device(*found, device);
}

std::optional<Time> Takeovers::next_end() const {
  if (by_last_.empty()) return std::nullopt;
  return (*by_last_.begin())->second.last + kEndsAfter;
}

Takeovers::Ended Takeovers::end_next() {
  Entry* const ended = *by_last_.begin();
  Ended told{ended->second.devices, {}};
  for (const std::size_t device : told.devices) {
    const auto of_device = of_devices_.find(device);
    std::erase(of_device->second, ended);
    if (!of_device->second.empty()) continue;
    of_devices_.erase(of_device);
    told.freed.push_back(device);
  }
  by_last_.erase(by_last_.begin());
  conflicts_.erase(conflicts_.find(ended->first));
  return told;
}

void Takeovers::forget(std::size_t device) {
  const auto found = of_devices_.find(device);
  if (found == of_devices_.end()) return;
  for (Entry* const conflict : found->second) std::erase(conflict->second.devices, device);
  of_devices_.erase(found);
}

void Takeovers::forget_old(Time now) {
  while (!in_order_.empty() && in_order_.front().first + kRemembered < now) {
    const auto [told, single] = in_order_.front();
    in_order_.pop_front();
    if (single->second.told == told) single_.erase(single);
  }
}

void Takeovers::clock_stepped(Millis by) {
  for (auto& [client_id, takeover] : single_) {
    takeover.at += by;
    takeover.told += by;
  }
  for (auto& [told, single] : in_order_) told += by;
  // All by the same: their order by the last one stays.
  for (auto& [client_id, conflict] : conflicts_) {
    conflict.began += by;
    conflict.last += by;
  }
}

void Takeovers::pull_back(Time now) {
  by_last_.clear();
  for (Entry& entry : conflicts_) {
    entry.second.began = std::min(entry.second.began, now);
    entry.second.last = std::min(entry.second.last, now);
    by_last_.insert(&entry);
  }
}

}  // namespace rollcall
