// SPDX-License-Identifier: Apache-2.0
// What operators do (rules 9 and 10). Internal to the engine.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.hpp"
#include "bridge/core/lifecycle/chain.hpp"

namespace rollcall {

/// An error says why it can't be: nothing has changed then.
class OperatorActions {
 public:
  /// All must outlive this.
  OperatorActions(EngineData& data, Transitions& transitions, Waits& waits, Chain& chain)
      : data_(data), transitions_(transitions), waits_(waits), chain_(chain) {}

  Result<void> apply(const SetStatus& action);
  Result<void> apply(const ReleaseStatus& action);
  Result<void> apply(const ForgetDevice& action);
  Result<void> apply(const RegisterDevice& action);
  Result<void> apply(const MuteDevice& action);
  Result<void> apply(const UnmuteDevice& action);

 private:
  Result<std::size_t> known(std::string_view device) const;

  EngineData& data_;
  Transitions& transitions_;
  Waits& waits_;
  Chain& chain_;
};

}  // namespace rollcall
