// SPDX-License-Identifier: Apache-2.0
#include "plugin/conf_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/utf8.hpp"
#include "topics/names.hpp"

namespace rollcall::plugin {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kBlank = " \t\n\v\f\r";

constexpr std::array kOfSecurity{"acl_file"sv,       "allow_anonymous"sv,     "allow_zero_length_clientid"sv,
                                 "auto_id_prefix"sv, "check_retain_source"sv, "password_file"sv,
                                 "psk_file"sv};

constexpr int upper(int c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; }

/// Compares as sort_included() does. Returns less than 0, 0, or more, as strcmp does.
int compared(std::string_view left, std::string_view right) {
  const auto at = [](std::string_view text, std::size_t i) {
    return i < text.size() ? static_cast<int>(static_cast<unsigned char>(text[i])) : 0;
  };
  std::size_t i = 0;
  for (; i < left.size() && i < right.size(); ++i) {
    const int l = at(left, i);
    const int r = at(right, i);
    if (l != r) return upper(l) != upper(r) ? upper(l) - upper(r) : l - r;
  }
  return at(left, i) - at(right, i);
}

bool has_control_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7F) return true;
    // U+0080 to U+009F
    if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

Result<void> read_one(const std::string& path, const ConfigurationFiles& files, bool is_v21, bool is_main,
                      ConfHandler& handler);

Result<void> read_included(const std::string& folder, const ConfigurationFiles& files, bool is_v21,
                           ConfHandler& handler) {
  auto paths = files.list(folder);
  if (!paths) return tl::make_unexpected(paths.error());
  sort_included(*paths);
  for (const auto& path : *paths) {
    if (auto done = read_one(path, files, is_v21, false, handler); !done) return done;
  }
  return {};
}

Result<void> read_one(const std::string& path, const ConfigurationFiles& files, bool is_v21, bool is_main,
                      ConfHandler& handler) {
  const auto text = files.read(path);
  if (!text) return tl::make_unexpected(text.error());
  if (text->find('\0') != std::string::npos) {
    handler.zero_byte();
    return fail(path + " has a zero byte");
  }
  handler.file_begins();
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = conf_line(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (!line) continue;
    if (line->name != "include_dir") {
      if (auto done = handler.option(*line); !done) return done;
    } else if (is_main) {
      if (line->rest.empty()) return fail(path + ": include_dir names no folder");
      if (auto done = read_included(std::string(line->rest), files, is_v21, handler); !done) return done;
    } else if (is_v21) {
      return fail(path + ": include_dir in a file that is included");
    }
  }
  handler.file_ends();
  return {};
}

}  // namespace

std::optional<ConfLine> conf_line(std::string_view line) {
  if (line.empty() || line.front() == '#' || line.front() == '\r') return std::nullopt;
  while (line.ends_with('\r')) line.remove_suffix(1);
  const auto begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  line.remove_prefix(begin);
  const auto end = std::min(line.find(' '), line.size());
  return ConfLine{line.substr(0, end), line.substr(std::min(end + 1, line.size()))};
}

std::string_view next_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

std::optional<bool> conf_bool(std::string_view rest) {
  const auto word = next_word(rest);
  if (word == "true" || word == "1") return true;
  if (word == "false" || word == "0") return false;
  return std::nullopt;
}

long conf_number(std::string_view rest) {
  return std::strtol(std::string(next_word(rest)).c_str(), nullptr, 10);
}

std::optional<std::string> conf_text(std::string_view rest) {
  constexpr std::size_t kMaxBytes = 65'535;
  const auto begin = rest.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto text = rest.substr(begin, rest.find_last_not_of(kBlank) - begin + 1);
  if (text.size() > kMaxBytes || has_control_characters(text) || !is_valid_utf8(text)) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> conf_host(std::string_view rest) {
  next_word(rest);
  const auto host = next_word(rest);
  if (host.empty() || host.front() == '#') return std::nullopt;
  return std::string(host);
}

bool is_security_option(std::string_view name) {
  return std::find(kOfSecurity.begin(), kOfSecurity.end(), name) != kOfSecurity.end();
}

void sort_included(std::vector<std::string>& paths) {
  std::sort(paths.begin(), paths.end(),
            [](const std::string& left, const std::string& right) { return compared(left, right) < 0; });
}

Result<void> read_conf(const std::string& path, const ConfigurationFiles& files, bool is_v21,
                       ConfHandler& handler) {
  return read_one(path, files, is_v21, true, handler);
}

}  // namespace rollcall::plugin
