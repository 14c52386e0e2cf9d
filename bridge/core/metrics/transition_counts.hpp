// SPDX-License-Identifier: Apache-2.0
// How often devices have entered which status, and why. For metrics; pure, not thread safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "bridge/core/pipeline/effect_consumer.hpp"

namespace rollcall {

class TransitionCounts final : public EffectConsumer {
 public:
  /// As in the timeline's rows.
  struct Key {
    std::string template_name, status, cause;
  };
  struct KeyViews {
    std::string_view template_name, status, cause;
  };
  struct Less {
    using is_transparent = void;
    template <typename One, typename Other>
    bool operator()(const One& one, const Other& other) const {
      return views(one) < views(other);
    }

   private:
    template <typename Some>
    static std::tuple<std::string_view, std::string_view, std::string_view> views(const Some& key) {
      return {key.template_name, key.status, key.cause};
    }
  };
  using Counts = std::map<Key, std::uint64_t, Less>;

  /// Counts transitions, those that are not on the timeline too; blips are none.
  void row_added(const RowAdded& effect, EffectPayload& payload) override;

  /// Returns the transitions since this was made, by template, status and cause.
  const Counts& counts() const { return counts_; }

 private:
  Counts counts_;
};

}  // namespace rollcall
