// SPDX-License-Identifier: Apache-2.0
#include "plugin/mosquitto/process.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include <dlfcn.h>
#include <link.h>

namespace rollcall::plugin {
namespace {

namespace fs = std::filesystem;

Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  // What was in a pipe is gone, and reading may block.
  const bool is_file = path.starts_with("/proc/") || fs::is_regular_file(path, error);
  if (error == std::errc::permission_denied) return fail("can't read " + path + ": " + error.message());
  if (!is_file) return fail(path + " is not a file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail("can't read " + path + ": " + std::strerror(errno));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Result<std::vector<std::string>> list_folder(const std::string& folder) {
  constexpr std::string_view kEnding = ".conf";
  std::error_code error;
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (name.size() > kEnding.size() && name.ends_with(kEnding)) paths.push_back(entry.path().string());
  }
  if (error) return fail("can't list " + folder + ": " + error.message());
  return paths;
}

/// Adds N of each "2.0.N" that stands in `constants` as a text of its own.
void find_versions(std::string_view constants, std::set<int>& found) {
  constexpr std::string_view kBegin = "2.0.";
  for (auto at = constants.find(kBegin); at != std::string_view::npos; at = constants.find(kBegin, at + 1)) {
    if (at == 0 || constants[at - 1] != '\0') continue;
    int patch = 0;
    std::size_t end = at + kBegin.size();
    for (; end < constants.size() && constants[end] >= '0' && constants[end] <= '9' && patch < 1000; ++end)
      patch = patch * 10 + (constants[end] - '0');
    if (end < constants.size() && constants[end] == '\0' && patch > 0) found.insert(patch);
  }
}

int look_for_versions(dl_phdr_info* object, std::size_t, void* found) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_R) == 0 || (segment.p_flags & PF_W) != 0) continue;
    const auto* begin = std::bit_cast<const char*>(object->dlpi_addr + segment.p_vaddr);
    find_versions({begin, segment.p_filesz}, *static_cast<std::set<int>*>(found));
  }
  return 1;  // the program comes first; no other object is asked
}

bool is_plugin(const char* path) {
  void* handle = dlopen(path, RTLD_NOLOAD | RTLD_LAZY);
  if (handle == nullptr) return false;
  const bool found = dlsym(handle, "mosquitto_plugin_init") != nullptr ||
                     dlsym(handle, "mosquitto_auth_plugin_init") != nullptr;
  dlclose(handle);
  return found;
}

}  // namespace

Result<std::vector<std::string>> command_line() {
  const auto text = read_file("/proc/self/cmdline");
  if (!text) return tl::make_unexpected(text.error());
  std::vector<std::string> arguments(1);
  for (const char c : *text) {
    if (c == '\0') {
      arguments.emplace_back();
    } else {
      arguments.back() += c;
    }
  }
  return arguments;
}

ConfigurationFiles files_on_disk(std::string own_file) {
  auto is_ours = [own_file = std::move(own_file)](std::string_view path) {
    if (path == own_file) return true;
    // A name without a folder is searched for by the loader. One file may have several paths.
    if (path.find('/') == std::string_view::npos) return fs::path(own_file).filename() == fs::path(path);
    std::error_code error;
    return fs::equivalent(path, own_file, error) && !error;
  };
  return {read_file, list_folder, std::move(is_ours)};
}

int patch_version_of_2_0() {
  std::set<int> found;
  dl_iterate_phdr(look_for_versions, &found);
  return found.size() == 1 ? *found.begin() : 0;
}

std::vector<std::string> loaded_plugins(const std::string& own_file) {
  struct Search {
    const std::string& own_file;
    std::vector<std::string> found;
  } search{own_file, {}};
  const auto look = [](dl_phdr_info* object, std::size_t, void* data) {
    auto& [own, found] = *static_cast<Search*>(data);
    const std::string path = object->dlpi_name;
    if (!path.empty() && path != own) found.push_back(path);
    return 0;
  };
  dl_iterate_phdr(look, &search);
  // dlopen() must not be called within the iteration.
  std::erase_if(search.found, [](const std::string& path) { return !is_plugin(path.c_str()); });
  return search.found;
}

}  // namespace rollcall::plugin
