// SPDX-License-Identifier: Apache-2.0
#include "base/secret_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include <sys/stat.h>
#include <sys/statvfs.h>

namespace rollcall {
namespace {

constexpr std::string_view kZero("\0", 1);

/// Returns what is wrong with the line, and what would be right; empty if nothing is.
std::string_view complaint_about(std::string_view line) {
  // Editors of Windows write these in front.
  if (line.starts_with("\xEF\xBB\xBF")) {
    return "begins with a byte order mark: save it without one (\"UTF-8\", not \"UTF-8 with BOM\")";
  }
  if (line.starts_with("\xFF\xFE") || line.starts_with("\xFE\xFF")) {
    return "is UTF-16: save it as UTF-8 without a byte order mark";
  }
  if (line.empty()) return "is empty; it must hold one line, the password";
  if (line.find(kZero) != std::string_view::npos) {
    return "has a zero byte in it; it must hold one line of text, the password";
  }
  if (line.find('\n') != std::string_view::npos) {
    return "has more than one line, maybe an empty one at its end; it must hold one line, the password";
  }
  constexpr std::string_view kBlanks = " \t\r\v\f";
  if (kBlanks.find(line.back()) != std::string_view::npos) {
    return "has a blank at the end of its line: take it away, in the other side's file too";
  }
  if (kBlanks.find(line.front()) != std::string_view::npos) {
    return "has a blank at the beginning of its line: take it away, in the other side's file too";
  }
  return {};
}

}  // namespace

bool is_on_read_only_file_system(const std::string& path) {
  struct statvfs info {};
  return ::statvfs(path.c_str(), &info) == 0 && (info.f_flag & ST_RDONLY) != 0;
}

Result<Secret> read_secret_file(const std::string& path, bool (*is_read_only)(const std::string&)) {
  constexpr std::size_t kMaxBytes = 1024;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail("can't open \"" + path + "\": " + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return fail("\"" + path + "\" is not a file");
  Secret secret;
  if ((info.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    // Docker and Kubernetes mount secrets like that.
    if (!is_read_only(path)) {
      return fail("others may read or write \"" + path + "\"; take that away with: chmod o-rw " + path);
    }
    secret.warning = "others may read \"" + path +
                     "\", and it can't be changed there (a read-only file system), so it is taken as it is. "
                     "Where it is mounted from, give it the mode 0440 or 0400 (Kubernetes: defaultMode)";
  }
  std::ifstream file(path, std::ios::binary);
  auto& text = secret.text;
  text.assign(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file.eof() && file.gcount() == 0))
    return fail("can't read \"" + path + "\": " + std::strerror(errno));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxBytes)
    return fail("\"" + path + "\" is longer than 1024 bytes; it holds one password");
  if (text.ends_with("\r\n")) {
    text.resize(text.size() - 2);
  } else if (text.ends_with('\n')) {
    text.pop_back();
  }
  if (const auto complaint = complaint_about(text); !complaint.empty()) {
    return fail("\"" + path + "\" " + std::string(complaint));
  }
  return secret;
}

}  // namespace rollcall
