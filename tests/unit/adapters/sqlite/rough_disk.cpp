// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/adapters/sqlite/rough_disk.hpp"

#include <atomic>
#include <csignal>
#include <limits>

#include <sqlite3.h>
#include <unistd.h>

namespace rollcall {
namespace {

constexpr int kNever = std::numeric_limits<int>::max();

std::atomic<int> g_left{kNever};  // changes until trouble
std::atomic<int> g_code{SQLITE_OK};
std::atomic<bool> g_kills{false};
std::atomic<bool> g_has_failed{false};
std::atomic<int> g_syncs{0};

sqlite3_vfs* g_real = nullptr;
sqlite3_vfs g_rough;

struct File {
  sqlite3_file base;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }
const sqlite3_io_methods& methods(sqlite3_file* file) { return *real(file)->pMethods; }

/// What becomes of a change.
int trouble() {
  if (g_left == kNever) return SQLITE_OK;
  if (g_left > 1) {
    --g_left;
    return SQLITE_OK;
  }
  if (g_kills) ::kill(::getpid(), SIGKILL);
  g_has_failed = true;
  return g_code;
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  if (g_kills && g_left == 1) methods(file).xWrite(real(file), data, size / 2, at);
  const int code = trouble();
  return code != SQLITE_OK ? code : methods(file).xWrite(real(file), data, size, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int code = trouble();
  return code != SQLITE_OK ? code : methods(file).xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int flags) {
  ++g_syncs;
  const int code = trouble();
  return code != SQLITE_OK ? code : methods(file).xSync(real(file), flags);
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  const int code = extend != 0 ? trouble() : SQLITE_OK;
  return code != SQLITE_OK ? code : methods(file).xShmMap(real(file), page, size, extend, out);
}
int remove(sqlite3_vfs*, const char* name, int sync_folder) {
  const int code = trouble();
  return code != SQLITE_OK ? code : g_real->xDelete(g_real, name, sync_folder);
}

const sqlite3_io_methods kMethods = {
    2,
    [](sqlite3_file* file) { return methods(file).xClose(real(file)); },
    [](sqlite3_file* file, void* out, int size, sqlite3_int64 at) {
      return methods(file).xRead(real(file), out, size, at);
    },
    write,
    truncate,
    sync,
    [](sqlite3_file* file, sqlite3_int64* size) { return methods(file).xFileSize(real(file), size); },
    [](sqlite3_file* file, int level) { return methods(file).xLock(real(file), level); },
    [](sqlite3_file* file, int level) { return methods(file).xUnlock(real(file), level); },
    [](sqlite3_file* file, int* out) { return methods(file).xCheckReservedLock(real(file), out); },
    [](sqlite3_file* file, int what, void* out) {
      // Else SQLite could write without asking us.
      if (what == SQLITE_FCNTL_MMAP_SIZE) return SQLITE_NOTFOUND;
      return methods(file).xFileControl(real(file), what, out);
    },
    [](sqlite3_file* file) { return methods(file).xSectorSize(real(file)); },
    [](sqlite3_file* file) { return methods(file).xDeviceCharacteristics(real(file)); },
    shm_map,
    [](sqlite3_file* file, int from, int count, int flags) {
      return methods(file).xShmLock(real(file), from, count, flags);
    },
    [](sqlite3_file* file) { methods(file).xShmBarrier(real(file)); },
    [](sqlite3_file* file, int removes) { return methods(file).xShmUnmap(real(file), removes); },
    nullptr,
    nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = g_real->xOpen(g_real, name, real(file), flags, out_flags);
  file->pMethods = real(file)->pMethods == nullptr ? nullptr : &kMethods;
  return code;
}

}  // namespace

RoughDisk::RoughDisk() {
  g_real = ::sqlite3_vfs_find(nullptr);
  g_rough = *g_real;
  g_rough.zName = "rough";
  g_rough.szOsFile = static_cast<int>(sizeof(File)) + g_real->szOsFile;
  g_rough.xOpen = open;
  g_rough.xDelete = remove;
  g_syncs = 0;
  heal();
  ::sqlite3_vfs_register(&g_rough, 1);
}

RoughDisk::~RoughDisk() {
  heal();
  ::sqlite3_vfs_register(g_real, 1);
  ::sqlite3_vfs_unregister(&g_rough);
}

void RoughDisk::fail_from(int n, int code) {
  heal();
  g_code = code;
  g_left = n;
}

void RoughDisk::kill_at(int n) {
  heal();
  g_kills = true;
  g_left = n;
}

void RoughDisk::heal() {
  g_left = kNever;
  g_kills = false;
  g_has_failed = false;
}

bool RoughDisk::has_failed() const { return g_has_failed; }
int RoughDisk::sync_count() const { return g_syncs; }

}  // namespace rollcall
