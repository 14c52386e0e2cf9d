// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/system/read_config.hpp"

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "bridge/core/config/config_parser.hpp"

namespace rollcall {

Result<Config> read_config(const std::string& file) {
  constexpr std::size_t kMaxBytes = std::size_t{16} << 20U;  // a device such as /dev/zero never ends
  const auto refuse_by_system = [&](int number) {
    return fail(file + ": " + std::generic_category().message(number));
  };
  std::error_code unknown;
  if (std::filesystem::is_directory(file, unknown))
    return fail(file + ": is a directory, not a configuration file");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return refuse_by_system(errno);
  std::string text;
  std::string block(std::size_t{64} * 1024, '\0');
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())) || stream.gcount() > 0) {
    text.append(block, 0, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kMaxBytes) return fail(file + ": has more than 16 MiB; that is no configuration");
  }
  if (stream.bad()) return refuse_by_system(errno != 0 ? errno : EIO);
  return parse_config(text, file);
}

}  // namespace rollcall
