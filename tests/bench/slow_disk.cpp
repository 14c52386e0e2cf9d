// SPDX-License-Identifier: Apache-2.0
// A disk that takes 50 ms for each commit, for `./dev bench storms`: to be preloaded.
#include <ctime>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

void be_slow() {
  constexpr timespec kCommit{0, 50'000'000};
  nanosleep(&kCommit, nullptr);
}

}  // namespace

extern "C" {
int fdatasync(int file) {
  be_slow();
  return static_cast<int>(syscall(SYS_fdatasync, file));
}
int fsync(int file) {
  be_slow();
  return static_cast<int>(syscall(SYS_fsync, file));
}
}
