// SPDX-License-Identifier: Apache-2.0
// Fills the tables of docs/configuration.md, between `<!-- table: brokers[] -->` and `<!-- end of table -->`,
// from the table that the parser uses.
//   configuration_reference FILE           writes FILE
//   configuration_reference --check FILE   says whether that would change it
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "bridge/core/config/config_tables.hpp"

namespace rollcall {
namespace {

constexpr std::string_view kBegin = "<!-- table: ";
constexpr std::string_view kBeginEnd = " -->\n";
constexpr std::string_view kEnd = "<!-- end of table -->\n";

std::string code(std::string_view json) { return fmt::format("`{}`", json); }

std::string list_of(const std::vector<std::string_view>& names) {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const char* const before = i == 0 ? "" : i + 1 == names.size() ? " or " : ", ";
    list += fmt::format("{}`\"{}\"`", before, names[i]);
  }
  return list;
}

std::string type_of(const ConfigKey& key) {
  using Type = ConfigKey::Type;
  if (!key.type_text.empty()) return std::string(key.type_text);
  switch (key.type) {
    case Type::boolean:
      return "boolean";
    case Type::whole_number:
      return fmt::format("whole number, {} to {}", key.least, key.most);
    case Type::duration:
      return "duration";
    case Type::text:
    case Type::long_text:
      return "string";
    case Type::one_of:
      return list_of(key.names());
    case Type::object:
      return "object";
    case Type::array:
      return "array";
    case Type::other:
      break;
  }
  return "any";
}

std::string default_of(const ConfigKey& key) {
  if (!key.default_text.empty()) return std::string(key.default_text);
  if (key.is_required) return "required";
  return key.fallback.empty() ? "none" : code(key.fallback);
}

std::string table_of(const ConfigSection& section) {
  std::string table = "| key | type | default | meaning |\n|---|---|---|---|\n";
  for (const auto& key : section.keys) {
    table += fmt::format("| {} | {} | {} | {}{} |\n", code(key.name), type_of(key), default_of(key),
                         key.is_later ? "**later**: " : "", key.meaning);
  }
  return table;
}

/// The text with its tables filled in; throws what is wrong with it.
std::string filled(std::string_view text) {
  std::string out;
  std::set<std::string, std::less<>> missing;
  const auto name_of = [](const ConfigSection& section) {
    return section.path.empty() ? std::string("rollcall.json") : std::string(section.path);
  };
  for (const auto* section : kConfigSections) missing.insert(name_of(*section));
  for (auto begin = text.find(kBegin); begin != std::string_view::npos; begin = text.find(kBegin)) {
    const auto name_begin = begin + kBegin.size();
    const auto name_end = text.find(kBeginEnd, name_begin);
    const auto end = text.find(kEnd, begin);
    if (name_end == std::string_view::npos || end == std::string_view::npos) {
      throw std::runtime_error("a table has no end");
    }
    const auto name = text.substr(name_begin, name_end - name_begin);
    const auto* const* section = std::find_if(kConfigSections.begin(), kConfigSections.end(),
                                              [&](const auto* each) { return name_of(*each) == name; });
    if (section == kConfigSections.end()) {
      throw std::runtime_error(fmt::format("there is no table {}", name));
    }
    missing.erase(std::string(name));
    out += text.substr(0, name_end + kBeginEnd.size());
    out += table_of(**section);
    out += kEnd;
    text.remove_prefix(end + kEnd.size());
  }
  if (!missing.empty()) {
    throw std::runtime_error(fmt::format("the table {} has no place in it", *missing.begin()));
  }
  return out += text;
}

int run(bool only_check, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || text.empty()) throw std::runtime_error("can't be read");
  const auto made = filled(text);
  if (made == text) return 0;
  if (only_check) {
    throw std::runtime_error(
        "isn't what the table of keys gives; `cmake --build build/release --target reference` writes it");
  }
  std::ofstream out(file, std::ios::binary);
  out << made << std::flush;
  if (!out) throw std::runtime_error("can't be written");
  return 0;
}

}  // namespace
}  // namespace rollcall

int main(int argc, char** argv) {
  const bool only_check = argc == 3 && std::string_view(argv[1]) == "--check";
  if (argc != 2 && !only_check) {
    std::cerr << "usage: configuration_reference [--check] FILE\n";
    return 64;
  }
  const std::string file = argv[argc - 1];
  try {
    return rollcall::run(only_check, file);
  } catch (const std::exception& error) {
    std::cerr << file << ": " << error.what() << '\n';
    return 1;
  }
}
