// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/store/notification_records.hpp"

#include <algorithm>
#include <array>

namespace rollcall {
namespace {

constexpr std::array<std::string_view, 3> kStates{"waiting", "delivered", "dead"};

}  // namespace

std::string_view to_string(DeliveryRecord::State state) {
  return kStates.at(static_cast<std::size_t>(state));
}

std::optional<DeliveryRecord::State> delivery_state_from_string(std::string_view text) {
  const auto* const found = std::find(kStates.begin(), kStates.end(), text);
  if (found == kStates.end()) return std::nullopt;
  return static_cast<DeliveryRecord::State>(found - kStates.begin());
}

}  // namespace rollcall
