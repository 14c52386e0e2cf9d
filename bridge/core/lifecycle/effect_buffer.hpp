// SPDX-License-Identifier: Apache-2.0
// The effects of one call of the engine, and the texts that they have views of. Internal to the engine.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "bridge/core/lifecycle/effects.hpp"
#include "bridge/core/lifecycle/string_arena.hpp"
#include "topics/names.hpp"

namespace rollcall {

class EffectBuffer {
 public:
  template <typename EffectType>
  void add(const EffectType& effect) {
    effects_.emplace_back(effect);
  }
  /// Adds one to be filled in, for those that come with each event. Valid until the next one is added.
  template <typename EffectType>
  EffectType& add() {
    return std::get<EffectType>(effects_.emplace_back(std::in_place_type<EffectType>));
  }
  const Effects& effects() const { return effects_; }
  void clear() {
    effects_.clear();
    arena_.drop();
  }

  /// Returns a copy that is valid until clear().
  std::string_view keep(std::string_view text) { return arena_.keep(text); }
  /// Returns the topic level of this device, likewise.
  std::string_view encoded(std::string_view device) {
    encoded_.clear();
    append_encoded(encoded_, device);
    return arena_.keep(encoded_);
  }

 private:
  Effects effects_;
  StringArena arena_;
  std::string encoded_;  // what was written last
};

}  // namespace rollcall
