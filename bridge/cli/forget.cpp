// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/actions.hpp"

namespace rollcall::cli {

int run_forget(const ActionOptions& options, Caller& caller) {
  return run_action({"forget", "DELETE", "", "forgotten"}, options, caller);
}

}  // namespace rollcall::cli
