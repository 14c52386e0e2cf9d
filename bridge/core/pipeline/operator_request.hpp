// SPDX-License-Identifier: Apache-2.0
// What an operator asks of a running bridge, as one line of JSON, and the answer (docs/operations.md,
// "Operators"). Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "bridge/core/lifecycle/events.hpp"

namespace rollcall {

struct OperatorRequest {
  enum class What { set, release, forget } what = What::set;
  std::string device;
  std::string status;          ///< to be set
  std::optional<Millis> wait;  ///< `for`
  bool hold = false;

  /// For the engine; views of this.
  OperatorAction action() const;
};

/// `{"request":"set","device":"pump-7","status":"standby","for":"1h","hold":true}`, without a line's end.
std::string to_json(const OperatorRequest& request);

/// The error says what is wrong and what would be right.
Result<OperatorRequest> parse_operator_request(std::string_view line);

/// `{"ok":true}`, with a "warning" where there is one, or `{"error":…}`; and back, to the warning, which is
/// mostly empty.
std::string operator_answer(const Result<std::string>& warning);
Result<std::string> parse_operator_answer(std::string_view line);

}  // namespace rollcall
