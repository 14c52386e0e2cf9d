// SPDX-License-Identifier: Apache-2.0
#include "topics/interaction.hpp"

#include <algorithm>

namespace rollcall {
namespace {

using Disable = Interaction::Disable;

// By kInteractionWords.
constexpr std::array<Interaction, 5> kMeanings{{{},
                                                {.notify_on_interaction = true},
                                                {.notify_on_open = true},
                                                {.disable = Disable::controls},
                                                {.disable = Disable::all}}};
constexpr std::array<std::string_view, 3> kDisables{"none", "controls", "all"};

}  // namespace

std::string_view to_string(Interaction::Disable disable) {
  return kDisables[static_cast<std::size_t>(disable)];
}

std::optional<Interaction> interaction_of(std::string_view word) {
  const auto* const found = std::find(kInteractionWords.begin(), kInteractionWords.end(), word);
  if (found == kInteractionWords.end()) return std::nullopt;
  return kMeanings[static_cast<std::size_t>(found - kInteractionWords.begin())];
}

}  // namespace rollcall
