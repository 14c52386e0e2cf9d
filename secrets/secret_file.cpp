// SPDX-License-Identifier: Apache-2.0
#include "secrets/secret_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include <sys/stat.h>

namespace rollcall {

Result<std::string> read_secret_file(const std::string& path) {
  constexpr std::size_t kMaxBytes = 1024;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail("can't open \"" + path + "\": " + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return fail("\"" + path + "\" is not a file");
  if ((info.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    return fail("others may read or write \"" + path + "\"; take that away with: chmod o-rw " + path);
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file.eof() && file.gcount() == 0))
    return fail("can't read \"" + path + "\": " + std::strerror(errno));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxBytes)
    return fail("\"" + path + "\" is longer than 1024 bytes; it holds one password");
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) return fail("\"" + path + "\" is empty; it must hold one line, the password");
  if (text.find_first_of(std::string_view("\n\0", 2)) != std::string::npos) {
    return fail("\"" + path + "\" must hold one line, the password");
  }
  return text;
}

}  // namespace rollcall
