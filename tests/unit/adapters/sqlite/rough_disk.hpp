// SPDX-License-Identifier: Apache-2.0
// A disk that fails on demand, below SQLite: while it exists, all databases that are opened use it. What
// changes a file (writes, truncations, syncs, new shared memory, deletions) is counted.
#pragma once

namespace rollcall {

class RoughDisk {
 public:
  RoughDisk();
  ~RoughDisk();
  RoughDisk(const RoughDisk&) = delete;
  RoughDisk& operator=(const RoughDisk&) = delete;

  /// The n-th change from now on (from 1) and all after it fail with `code`, until heal().
  void fail_from(int n, int code);
  /// The process is killed at the n-th change from now on; a write is half done by then.
  void kill_at(int n);
  void heal();
  bool has_failed() const;  ///< since fail_from()
  int sync_count() const;   ///< of main files and WALs, since the beginning
};

}  // namespace rollcall
