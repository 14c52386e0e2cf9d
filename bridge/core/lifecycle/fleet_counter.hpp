// SPDX-License-Identifier: Apache-2.0
// How many devices are in which status, counted as they change: for ds/fleet nobody walks through a million
// of them each second. Internal to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bridge/core/lifecycle/device.hpp"
#include "bridge/core/lifecycle/template.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

class FleetCounter {
 public:
  /// `templates` must stay where they are, and as they are.
  explicit FleetCounter(const std::vector<TemplateDefinition>& templates);

  /// The device at this index into the engine's is counted as it is now, and no longer as it was.
  void count(std::size_t index, const Device& device);

  FleetCounts counts() const;

 private:
  std::uint32_t cell_of(const Device& device) const;

  const std::vector<TemplateDefinition>* templates_;
  std::vector<std::uint32_t> first_cells_;  // by template; each status has one for every kind of device in it
  std::vector<std::uint64_t> cells_;        // the first one is of no devices
  std::vector<std::uint32_t> cell_of_device_;
};

}  // namespace rollcall
