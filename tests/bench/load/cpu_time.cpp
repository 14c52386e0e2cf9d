// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load/cpu_time.hpp"

#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace rollcall::bench {

double cpu_seconds(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  // The second field is the program's name in parentheses, which may hold anything; utime and stime are the
  // 14th and 15th.
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  constexpr int kBeforeUserTime = 11;
  std::string skipped;
  for (int i = 0; i < kBeforeUserTime; ++i) fields >> skipped;
  unsigned long user = 0, system = 0;
  if (!(fields >> user >> system)) throw std::runtime_error("no process " + std::to_string(process));
  return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace rollcall::bench
