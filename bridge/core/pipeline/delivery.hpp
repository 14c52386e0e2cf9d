// SPDX-License-Identifier: Apache-2.0
// Hands the engine's effects to their consumers. Pure, not thread safe.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bridge/core/pipeline/effect_consumer.hpp"

namespace rollcall {

class Delivery {
 public:
  /// Consumers get each effect in the order in which they were added. `consumer` must outlive this.
  void add(EffectConsumer& consumer) { consumers_.push_back(&consumer); }
  void add(std::unique_ptr<EffectConsumer> consumer) {
    add(*consumer);
    owned_.push_back(std::move(consumer));
  }

  /// Each effect to all consumers, then the next one.
  void apply(const Effects& effects);

 private:
  std::vector<EffectConsumer*> consumers_;
  std::vector<std::unique_ptr<EffectConsumer>> owned_;
  std::string memory_;  // of payloads
};

}  // namespace rollcall
