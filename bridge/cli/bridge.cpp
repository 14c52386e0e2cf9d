// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/subcommands.hpp"
#include "bridge/daemon/daemon.hpp"

namespace rollcall::cli {

int run_bridge(const BridgeOptions& options, std::ostream& err) {
  return run_daemon(options.config_file, err);
}

}  // namespace rollcall::cli
