// SPDX-License-Identifier: Apache-2.0
// The daemon: the pure bridge with its links, store, clock, signals and log, on one thread.
#pragma once

#include <ostream>
#include <string>

namespace rollcall {

/// Runs the bridge until SIGTERM or SIGINT; reads the configuration anew at SIGHUP. Errors that keep it from
/// starting go to `err`, one line each, and so does the log. Returns an exit code of sysexits.h.
int run_daemon(const std::string& config_file, std::ostream& err);

}  // namespace rollcall
