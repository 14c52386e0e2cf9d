// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/system/read_config.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/core/config/config_parser.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

class File {
 public:
  explicit File(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

/// Waits until there is something to read, or an end; false: not until then. A file never waits.
bool wait_for_more(int file, std::chrono::steady_clock::time_point until) {
  pollfd poll{file, POLLIN, 0};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return left > 0ms && ::poll(&poll, 1, static_cast<int>(left.count())) > 0;
}

}  // namespace

Result<Config> read_config(const std::string& file) {
  constexpr std::size_t kMaxBytes = std::size_t{16} << 20U;  // a device such as /dev/zero never ends
  constexpr auto kPatience = 2s;                             // with who writes into a pipe
  const auto refuse = [&](const std::string& why) { return fail(file + ": " + why); };
  const auto refuse_by_system = [&](int number) { return refuse(std::generic_category().message(number)); };

  const File opened(file);
  if (opened.get() < 0) return refuse_by_system(errno);
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0) return refuse_by_system(errno);
  if (S_ISDIR(status.st_mode)) return refuse("is a directory, not a configuration file");
  const bool may_wait = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || S_ISCHR(status.st_mode);
  const auto until = std::chrono::steady_clock::now() + kPatience;

  std::string text;
  std::string block(std::size_t{64} * 1024, '\0');
  for (;;) {
    if (may_wait && !wait_for_more(opened.get(), until))
      return refuse("is no file, and did not come to its end within 2 s");
    const auto size = ::read(opened.get(), block.data(), block.size());
    if (size == 0) break;
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size < 0) return refuse_by_system(errno);
    text.append(block, 0, static_cast<std::size_t>(size));
    if (text.size() > kMaxBytes) return refuse("has more than 16 MiB; that is no configuration");
  }
  return parse_config(text, file);
}

}  // namespace rollcall
