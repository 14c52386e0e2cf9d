// SPDX-License-Identifier: Apache-2.0
// What people may do with a device in a status, and what they are told of it (lifecycle.md, "What people see
// and may do in a status").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rollcall {

struct Interaction {
  enum class Disable : std::uint8_t {
    none,
    controls,  ///< controls are off, values still show
    all
  };
  Disable disable = Disable::none;
  bool notify_on_open = false;         ///< a notice for 3 s when the device's page opens
  bool notify_on_interaction = false;  ///< a banner when a control is used

  /// True if people meet the device as they always do.
  bool allows_all() const { return *this == Interaction{}; }
  bool operator==(const Interaction&) const = default;
};

/// "none", "controls", "all".
std::string_view to_string(Interaction::Disable disable);

/// The words that configurations may have instead of an object: "allow", "notify_on_interaction",
/// "notify_on_open", "disable_controls", "disable_all".
inline constexpr std::array<std::string_view, 5> kInteractionWords{
    "allow", "notify_on_interaction", "notify_on_open", "disable_controls", "disable_all"};
/// Empty: it is none of the words.
std::optional<Interaction> interaction_of(std::string_view word);

}  // namespace rollcall
