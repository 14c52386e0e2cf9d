// SPDX-License-Identifier: Apache-2.0
// A wall clock that a test sets, for one process: to be preloaded. $ROLLCALL_TEST_CLOCK names a file with 8
// bytes: by how many seconds it is ahead, as a native integer. Everything else, timers included, is as
// without it. (libfaketime 0.9.10 takes an absolute timer of a monotonic clock for one of the wall clock, and
// a bridge whose clock is set back waits for years.)
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

using Seconds = std::atomic<std::int64_t>;

const Seconds* open_clock() {
  const char* const path = std::getenv("ROLLCALL_TEST_CLOCK");
  const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  void* const page = file < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(Seconds), PROT_READ, MAP_SHARED, file, 0);
  if (page == MAP_FAILED) std::abort();
  ::close(file);
  return static_cast<const Seconds*>(page);
}

std::int64_t ahead_by() {
  static const Seconds* const clock = open_clock();
  return clock->load(std::memory_order_relaxed);
}

}  // namespace

extern "C" {
int clock_gettime(clockid_t clock, timespec* time) {
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += ahead_by();
  return result;
}
int gettimeofday(timeval* time, void*) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t* time) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (time != nullptr) *time = now.tv_sec;
  return now.tv_sec;
}
}
