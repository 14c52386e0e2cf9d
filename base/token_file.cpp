// SPDX-License-Identifier: Apache-2.0
#include "base/token_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <sys/stat.h>

namespace rollcall {

Result<Tokens> read_token_file(const std::string& path) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 20;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail("can't open \"" + path + "\": " + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return fail("\"" + path + "\" is not a file");
  if (static_cast<std::size_t>(info.st_size) > kMostBytes)
    return fail("\"" + path + "\" has more than 1 MiB; it holds tokens, one a line");
  Tokens read;
  if ((info.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    read.warning = "others may read or write \"" + path + "\"; take that away with: chmod o-rw " + path;
  }
  std::ifstream file(path, std::ios::binary);
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.starts_with('#')) continue;
    const auto is_printable = [](char c) { return c > ' ' && c < '\x7F'; };
    if (!std::all_of(line.begin(), line.end(), is_printable)) {
      return fail(
          fmt::format("\"{}\" line {}: a token has printable ASCII characters, and no blanks", path, number));
    }
    read.tokens.push_back(line);
  }
  if (file.bad()) return fail("can't read \"" + path + "\": " + std::strerror(errno));
  if (read.tokens.empty())
    return fail("\"" + path + "\" holds no token; it must hold one at least, one a line");
  return read;
}

}  // namespace rollcall
