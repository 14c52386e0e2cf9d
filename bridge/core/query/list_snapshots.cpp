// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/query/list_snapshots.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {

std::uint64_t ListSnapshots::keep(std::vector<std::string> devices, std::size_t total) {
  device_count_ += devices.size();
  kept_.push_front({++last_number_, std::move(devices), total});
  while (kept_.size() > 1 && (kept_.size() > kMostLists || device_count_ > kMostDevices)) {
    device_count_ -= kept_.back().devices.size();
    kept_.pop_back();
  }
  return last_number_;
}

std::optional<ListSnapshots::Page> ListSnapshots::page(std::uint64_t list, std::size_t from,
                                                       std::size_t limit) {
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const Kept& each) { return each.number == list; });
  if (found == kept_.end()) return std::nullopt;
  kept_.splice(kept_.begin(), kept_, found);
  const auto& devices = found->devices;
  const auto begin = std::min(from, devices.size());
  const auto end = begin + std::min(limit, devices.size() - begin);
  Page page;
  page.devices.assign(devices.begin() + static_cast<std::ptrdiff_t>(begin),
                      devices.begin() + static_cast<std::ptrdiff_t>(end));
  page.has_more = end < devices.size();
  page.total = found->total;
  return page;
}

}  // namespace rollcall
