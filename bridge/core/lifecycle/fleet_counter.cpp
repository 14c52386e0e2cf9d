// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/fleet_counter.hpp"

#include <algorithm>

namespace rollcall {
namespace {

constexpr std::uint32_t kNobody = 0;
constexpr std::uint32_t kKinds = 4;
constexpr std::uint32_t kConnected = 1, kFlapping = 2;  // bits of a kind

}  // namespace

FleetCounter::FleetCounter(const std::vector<TemplateDefinition>& templates) : templates_(&templates) {
  std::uint32_t next = kNobody + 1;
  for (const auto& definition : templates) {
    first_cells_.push_back(next);
    next += static_cast<std::uint32_t>(definition.statuses.size()) * kKinds;
  }
  cells_.resize(next);
}

std::uint32_t FleetCounter::cell_of(const Device& device) const {
  if (device.is_gone()) return kNobody;
  const auto place = static_cast<std::size_t>(device.definition - templates_->data());
  const std::uint32_t kind = (device.is_connected() ? kConnected : 0) | (device.is_flapping ? kFlapping : 0);
  return first_cells_[place] + static_cast<std::uint32_t>(device.shown()) * kKinds + kind;
}

void FleetCounter::count(std::size_t index, const Device& device) {
  if (index >= cell_of_device_.size()) cell_of_device_.resize(std::max(index + 1, 2 * index), kNobody);
  auto& counted_in = cell_of_device_[index];
  const auto cell = cell_of(device);
  if (cell == counted_in) return;
  if (counted_in != kNobody) --cells_[counted_in];
  if (cell != kNobody) ++cells_[cell];
  counted_in = cell;
}

FleetCounts FleetCounter::counts() const {
  FleetCounts counts;
  for (std::size_t place = 0; place < templates_->size(); ++place) {
    const TemplateDefinition& definition = (*templates_)[place];
    auto& of_template = counts.templates[definition.name];
    auto cell = first_cells_[place];
    for (const StatusDefinition& status : definition.statuses) {
      auto& in_status = of_template[status.key];
      for (std::uint32_t kind = 0; kind < kKinds; ++kind, ++cell) {
        const auto devices = cells_[cell];
        in_status += devices;
        counts.devices += devices;
        if ((kind & kConnected) != 0) counts.connected += devices;
        if ((kind & kFlapping) != 0) counts.flapping += devices;
      }
    }
  }
  return counts;
}

}  // namespace rollcall
