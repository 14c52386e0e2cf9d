// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load/cpu_time.hpp"

#include <ctime>
#include <stdexcept>
#include <string>

namespace rollcall::bench {

double cpu_seconds(pid_t process) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &used) != 0) {
    throw std::runtime_error("no process " + std::to_string(process));
  }
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

}  // namespace rollcall::bench
