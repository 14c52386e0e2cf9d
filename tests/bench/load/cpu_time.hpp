// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

namespace rollcall::bench {

/// What a process has used so far, in seconds: user and system, all its threads. Throws std::runtime_error
/// when there is no such process.
double cpu_seconds(pid_t process);

}  // namespace rollcall::bench
