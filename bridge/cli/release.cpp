// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/actions.hpp"

namespace rollcall::cli {

int run_release(const ActionOptions& options, Caller& caller) {
  return run_action({"release", "DELETE", "/status", "released"}, options, caller);
}

}  // namespace rollcall::cli
