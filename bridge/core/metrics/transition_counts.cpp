// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/metrics/transition_counts.hpp"

namespace rollcall {

void TransitionCounts::row_added(const RowAdded& effect, EffectPayload& /*payload*/) {
  const TimelineRow& row = effect.row;
  if (row.kind != "transition") return;
  const KeyViews key{effect.template_name, row.to, row.cause};
  const auto found = counts_.find(key);  // without an allocation
  if (found != counts_.end()) {
    ++found->second;
  } else {
    counts_.emplace(Key{std::string(key.template_name), std::string(key.status), std::string(key.cause)}, 1);
  }
}

}  // namespace rollcall
