// SPDX-License-Identifier: Apache-2.0
// A lock that one process holds, by a file of its own. It goes with the process, however that ends; the file
// stays. Any thread.
#pragma once

#include <string>

#include "base/result.hpp"

namespace rollcall {

class FileLock {
 public:
  /// Makes the file if need be (readable by its owner alone), locks it and writes this process's id into it.
  /// The error, without the file's name: who has it, or why there is no lock.
  static Result<FileLock> take(const std::string& path);

  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace rollcall
