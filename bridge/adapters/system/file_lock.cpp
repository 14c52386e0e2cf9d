// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/system/file_lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

namespace rollcall {
namespace {

std::string owner_in(int descriptor) {
  std::array<char, 32> text{};
  const auto size = ::pread(descriptor, text.data(), text.size(), 0);
  std::string owner(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  if (const auto end = owner.find('\n'); end != std::string::npos) owner.resize(end);
  return owner.empty() ? "unknown" : owner;
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return fail(fmt::format("can't be locked: \"{}\" can't be opened: {}", path, std::strerror(errno)));
  }
  FileLock lock(descriptor);
  int code = 0;
  do {
    code = ::flock(descriptor, LOCK_EX | LOCK_NB);
  } while (code != 0 && errno == EINTR);
  if (code != 0 && errno == EWOULDBLOCK) {
    return fail("is in use by another bridge (process " + owner_in(descriptor) + ")");
  }
  if (code != 0) return fail(std::string("can't be locked: ") + std::strerror(errno));
  // The id is for people: a disk too full for it doesn't matter.
  const auto id = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) == 0) (void)!::pwrite(descriptor, id.data(), id.size(), 0);
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace rollcall
