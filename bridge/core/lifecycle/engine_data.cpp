// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/engine_data.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {

EngineData::EngineData(EngineSettings settings)
    : templates(std::move(settings.templates)),
      broker_names(std::move(settings.brokers)),
      outage_grace(settings.outage_grace),
      seq(settings.first_seq),
      devices(templates.all()) {}

std::optional<std::uint32_t> EngineData::broker_named(std::string_view name) const {
  const auto found = std::find(broker_names.begin(), broker_names.end(), name);
  if (found == broker_names.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - broker_names.begin());
}

}  // namespace rollcall
